import { useEffect, useRef, useState } from "react";
import { useConnection, useLive, useMutedUntil, usePresence, useTyping } from "../cache";
import type { Conversation } from "../client";
import { ConversationAvatar } from "./Avatar";
import { BackIcon, GroupIcon, InviteIcon, PinIcon } from "./Icons";
import { InviteDialog } from "./InviteDialog";
import { LeaveRoom } from "./LeaveRoom";
import { mayInvite, useStanding } from "./moderation";
import { kindOf, titleOf } from "./names";
import { People } from "./People";
import { Pinned } from "./Pinned";
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
          {conversation.role && <PinnedButton conversation={conversation} />}
          {conversation.type === "room" && conversation.role && <RoomActions conversation={conversation} />}
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

function PinnedButton({ conversation }: { conversation: Conversation }) {
  const [isOpen, setOpen] = useState(false);
  const { pins } = strings;
  return (
    <>
      <button
        type="button"
        className="icon-button"
        onClick={() => setOpen(true)}
        aria-label={pins.open}
        title={pins.open}
      >
        <PinIcon />
      </button>
      {isOpen && <Pinned conversation={conversation} onClose={() => setOpen(false)} />}
    </>
  );
}

/** Actions for the whole room. */
function RoomActions({ conversation }: { conversation: Conversation }) {
  const [shown, setShown] = useState<"people" | "invite">();
  const isMuted = useMutedUntil(conversation.id) !== null;
  const canInvite = mayInvite(useStanding(conversation), conversation) && !isMuted;
  const close = () => setShown(undefined);
  const { people, inviting } = strings;
  return (
    <>
      {canInvite && (
        <button
          type="button"
          className="icon-button"
          onClick={() => setShown("invite")}
          aria-label={inviting.open}
          title={inviting.open}
        >
          <InviteIcon />
        </button>
      )}
      <button
        type="button"
        className="icon-button"
        onClick={() => setShown("people")}
        aria-label={people.open}
        title={people.open}
      >
        <GroupIcon />
      </button>
      <span className="when-wide">
        <LeaveRoom conversation={conversation} />
      </span>
      {shown === "people" && <People conversation={conversation} onClose={close} />}
      {shown === "invite" && <InviteDialog conversation={conversation} onClose={close} />}
    </>
  );
}
