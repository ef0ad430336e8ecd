import { type ReactNode, useEffect, useRef, useState } from "react";
import { useConnection, useLive, useMutedUntil, usePanel, usePresence, useTyping } from "../cache";
import type { Conversation } from "../client";
import { ConversationAvatar } from "./Avatar";
import { ConversationSettings } from "./ConversationSettings";
import { BackIcon, GroupIcon, InviteIcon, PinIcon, SearchIcon, SettingsIcon } from "./Icons";
import { InviteDialog } from "./InviteDialog";
import { LeaveRoom } from "./LeaveRoom";
import { mayInvite, useStanding } from "./moderation";
import { kindOf, titleOf } from "./names";
import { People } from "./People";
import { Pinned } from "./Pinned";
import { useSearched } from "./search/searched";
import { strings } from "./strings";

const NAMED = 3;

interface Props {
  id: string;
  conversation: Conversation | undefined;
}

export function ConversationHeader({ id, conversation }: Props) {
  const text = strings.conversation;
  return (
    <header className="conversation-header">
      <a className="icon-button back" href="#/" aria-label={text.back}>
        <BackIcon />
      </a>
      {conversation && (
        <>
          <ConversationAvatar conversation={conversation} />
          <div className="conversation-names">
            <Title text={titleOf(conversation)} />
            <Subtitle id={id} conversation={conversation} />
          </div>
          {conversation.role && <Actions conversation={conversation} />}
        </>
      )}
    </header>
  );
}

/** Takes the focus if the link that opened the conversation is hidden, as on a phone. */
function Title({ text }: { text: string }) {
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const focused = document.activeElement;
    if (!focused || focused === document.body || !focused.checkVisibility()) {
      title.current?.focus({ preventScroll: true });
    }
  }, []);
  return (
    <h1 ref={title} tabIndex={-1}>
      {text}
    </h1>
  );
}

/** Who is typing, otherwise who is present. */
function Subtitle({ id, conversation }: { id: string; conversation: Conversation }) {
  const { me } = useLive();
  const typists = useTyping(id);
  const { people, count } = usePresence(id);
  const isLive = useConnection(id) === "live";
  const text = strings.conversation;
  const others = people.filter(({ user_id }) => user_id !== me.user_id);
  const isHere = people.length > others.length ? 1 : 0;
  if (typists.length > 0) {
    return (
      <p className="subtitle typing" role="status">
        {text.typing(typists.map(({ name }) => name))}
      </p>
    );
  }
  if (!isLive) return <p className="subtitle">{kindOf(conversation)}</p>;
  if (others.length === 0) {
    return <p className="subtitle">{conversation.type === "dm" ? kindOf(conversation) : text.alone}</p>;
  }
  const names = others.slice(0, NAMED).map(({ name }) => name);
  return (
    <p className="subtitle">
      <span className="dot dot-live" />{" "}
      {conversation.type === "dm" ? text.online : text.here(names, count - isHere - names.length)}
    </p>
  );
}

type Shown = "pins" | "invite" | "people" | "settings";

/** Buttons for the whole conversation. On a narrow screen, two of them are in the settings. */
function Actions({ conversation }: { conversation: Conversation }) {
  const [shown, setShown] = useState<Shown>();
  const isMuted = useMutedUntil(conversation.id) !== null;
  const standing = useStanding(conversation);
  const isRoom = conversation.type === "room";
  const canInvite = isRoom && mayInvite(standing, conversation) && !isMuted;
  const close = () => setShown(undefined);
  const { pins, inviting, people, search, settings } = strings;
  const [, showPanel] = usePanel();
  const { begin } = useSearched();
  const find = () => {
    close();
    begin(conversation.id);
    showPanel("search");
  };
  return (
    <>
      <span className="when-wide header-actions">
        <Action label={search.here} icon={<SearchIcon />} onClick={find} />
        <Action label={pins.open} icon={<PinIcon />} onClick={() => setShown("pins")} />
        {canInvite && <Action label={inviting.open} icon={<InviteIcon />} onClick={() => setShown("invite")} />}
      </span>
      {isRoom && <Action label={people.open} icon={<GroupIcon />} onClick={() => setShown("people")} />}
      <Action label={settings.open} icon={<SettingsIcon />} onClick={() => setShown("settings")} />
      {isRoom && (
        <span className="when-wide">
          <LeaveRoom conversation={conversation} />
        </span>
      )}
      {shown === "pins" && <Pinned conversation={conversation} onClose={close} />}
      {shown === "people" && <People conversation={conversation} onClose={close} />}
      {shown === "invite" && <InviteDialog conversation={conversation} onClose={close} />}
      {shown === "settings" && (
        <ConversationSettings conversation={conversation} onClose={close}>
          <div className="when-narrow action-line">
            <button type="button" className="button small-button" onClick={find}>
              {search.here}
            </button>
            <button type="button" className="button small-button" onClick={() => setShown("pins")}>
              {pins.open}
            </button>
            {canInvite && (
              <button type="button" className="button small-button" onClick={() => setShown("invite")}>
                {inviting.open}
              </button>
            )}
          </div>
        </ConversationSettings>
      )}
    </>
  );
}

function Action({ label, icon, onClick }: { label: string; icon: ReactNode; onClick: () => void }) {
  return (
    <button type="button" className="icon-button" onClick={onClick} aria-label={label} title={label}>
      {icon}
    </button>
  );
}
