import { useInbox, useInboxConnection, useInboxSections, usePersonalState, useThreads } from "../cache";
import type { LinkState } from "../client";
import { Avatar } from "./Avatar";
import type { DemoPerson } from "./demo";
import { PlusIcon, ThreadIcon } from "./Icons";
import { InboxItem } from "./InboxItem";
import { Invites } from "./Invites";
import { NotificationBell } from "./NotificationBell";
import { RoomDirectory } from "./RoomDirectory";
import { type Route, threadsLink } from "./route";
import { SidebarMenu } from "./SidebarMenu";
import { SearchEntry } from "./search/SearchEntry";
import { strings } from "./strings";
import { Counts } from "./ThreadsPane";

interface Props {
  person: DemoPerson;
  route: Route;
  onSwitch: () => void;
  onNewChat: () => void;
}

export function Sidebar({ person, route, onSwitch, onNewChat }: Props) {
  const openId = route.place === "conversation" ? route.id : undefined;
  const { ids, isError, refetch } = useInbox();
  const { favorites, others, archived } = useInboxSections();
  usePersonalState();
  const text = strings.sidebar;
  return (
    <nav className="sidebar" aria-label={text.label}>
      <header className="sidebar-header">
        <NotificationBell />
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
      <SearchEntry />
      <div className="sidebar-scroll">
        <Invites />
        <ThreadsEntry isOpen={route.place === "threads"} />
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

/** Leads to the threads that the user follows; hidden while there are none. */
function ThreadsEntry({ isOpen }: { isOpen: boolean }) {
  const { data: threads = [] } = useThreads();
  const text = strings.threads;
  if (threads.length === 0 && !isOpen) return null;
  const sum = (of: (thread: (typeof threads)[number]) => number) => threads.reduce((all, each) => all + of(each), 0);
  const unread = sum(({ unread_count }) => unread_count);
  return (
    <a
      className={`threads-entry${unread > 0 ? " has-unread" : ""}`}
      href={threadsLink}
      aria-current={isOpen ? "page" : undefined}
    >
      <ThreadIcon />
      <span className="inbox-title">{text.all}</span>
      <Counts unread={unread} mentions={sum(({ mention_count }) => mention_count)} unreadText={text.unread} />
    </a>
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
