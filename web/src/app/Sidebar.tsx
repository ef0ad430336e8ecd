import { useInbox, useInboxConnection, useInboxSections, usePersonalState } from "../cache";
import type { LinkState } from "../client";
import { Avatar } from "./Avatar";
import type { DemoPerson } from "./demo";
import { Bell, PlusIcon } from "./Icons";
import { InboxItem } from "./InboxItem";
import { Invites } from "./Invites";
import { RoomDirectory } from "./RoomDirectory";
import { SidebarMenu } from "./SidebarMenu";
import { strings } from "./strings";

interface Props {
  person: DemoPerson;
  openId: string | undefined;
  onSwitch: () => void;
  onNewChat: () => void;
}

export function Sidebar({ person, openId, onSwitch, onNewChat }: Props) {
  const { ids, isError, refetch } = useInbox();
  const { favorites, others, archived } = useInboxSections();
  usePersonalState();
  const text = strings.sidebar;
  return (
    <nav className="sidebar" aria-label={text.label}>
      <header className="sidebar-header">
        <Bell />
        <h1>{strings.appName}</h1>
        <ConnectionDot state={useInboxConnection()} />
        <span className="grow" />
        <SidebarMenu />
        <button
          type="button"
          className="icon-button accent"
          onClick={onNewChat}
          aria-label={text.newChat}
          title={text.newChat}
        >
          <PlusIcon />
        </button>
        <button
          type="button"
          className="avatar-button"
          onClick={onSwitch}
          aria-label={text.switchPerson(person.name)}
          title={text.switchPerson(person.name)}
        >
          <Avatar id={person.id} name={person.name} />
        </button>
      </header>
      <div className="sidebar-scroll">
        <Invites />
        {favorites.length > 0 && <Section title={text.favorites} ids={favorites} openId={openId} />}
        <h2 className="section-title">{text.chats}</h2>
        {isError && !ids && (
          <p className="sidebar-note" role="alert">
            {text.failed}{" "}
            <button type="button" className="link-button" onClick={() => void refetch()}>
              {text.retry}
            </button>
          </p>
        )}
        {!ids && !isError && <InboxSkeleton />}
        {ids?.length === 0 && <p className="sidebar-note muted">{text.empty}</p>}
        <InboxList ids={others} openId={openId} />
        {archived.length > 0 && (
          <details className="archived">
            <summary className="section-title">{text.archived(archived.length)}</summary>
            <InboxList ids={archived} openId={openId} />
          </details>
        )}
        <RoomDirectory />
      </div>
    </nav>
  );
}

interface ListProps {
  ids: string[];
  openId: string | undefined;
}

function Section({ title, ...list }: ListProps & { title: string }) {
  return (
    <>
      <h2 className="section-title">{title}</h2>
      <InboxList {...list} />
    </>
  );
}

function InboxList({ ids, openId }: ListProps) {
  return (
    <ul className="inbox">
      {ids.map((id) => (
        <InboxItem key={id} id={id} isOpen={id === openId} />
      ))}
    </ul>
  );
}

function ConnectionDot({ state }: { state: LinkState }) {
  const words = strings.connection.short[state];
  return <span className={`dot dot-${state}`} role="img" aria-label={words} title={words} />;
}

function InboxSkeleton() {
  return (
    <div className="skeletons" role="status" aria-label={strings.conversation.loading}>
      {[0, 1, 2, 3].map((line) => (
        <div key={line} className="skeleton-line" />
      ))}
    </div>
  );
}
