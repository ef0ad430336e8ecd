import { memo, useState } from "react";
import { type CachedMessage, useLive, useMessage } from "../cache";
import { Avatar } from "./Avatar";
import { dayName, daysBetween, exactMoment, timeOfDay } from "./format";
import { CheckIcon, ClockIcon, MoreIcon } from "./Icons";
import { Linkified } from "./linkify";
import { mayPin } from "./moderation";
import { ReactionPicker, Reactions } from "./Reactions";
import { strings } from "./strings";

const GROUP_WITHIN_MS = 5 * 60_000;

interface Props {
  id: string;
  previousId: string | undefined;
  nextId: string | undefined;
  startsUnread: boolean;
  isSeen: boolean;
  isDirect: boolean;
  onEdit: (message: CachedMessage) => void;
}

/** Whether two messages are grouped: same sender, same day, close in time. */
function belongTogether(earlier: CachedMessage | undefined, later: CachedMessage | undefined): boolean {
  if (!earlier || !later || earlier.sender_id !== later.sender_id) return false;
  const [a, b] = [new Date(earlier.created_at), new Date(later.created_at)];
  return daysBetween(a, b) === 0 && b.getTime() - a.getTime() < GROUP_WITHIN_MS;
}

export const MessageRow = memo(function MessageRow(props: Props) {
  const { id, previousId, nextId, startsUnread, isSeen, isDirect, onEdit } = props;
  const { store, me } = useLive();
  const message = useMessage(id);
  if (!message) return null;
  // Sender and time of the neighbours never change, so no subscription is needed.
  const previous = previousId ? store.message(previousId) : undefined;
  const next = nextId ? store.message(nextId) : undefined;
  const isOwn = message.sender_id === me.user_id;
  const startsDay = !previous || daysBetween(new Date(previous.created_at), new Date(message.created_at)) !== 0;
  const isFirst = startsUnread || !belongTogether(previous, message);
  const isLast = !belongTogether(message, next);
  const classes = ["message", isOwn ? "own" : "other", isFirst && "first", isLast && "last", message.delivery];
  return (
    <li className={classes.filter(Boolean).join(" ")}>
      {startsDay && (
        <div className="day">
          <span>{dayName(message.created_at)}</span>
        </div>
      )}
      {startsUnread && (
        <div className="unread-divider">
          <span>{strings.messages.unread}</span>
        </div>
      )}
      {isFirst && !isOwn && !isDirect && <p className="sender">{message.sender_name}</p>}
      <div className="line">
        {!isOwn && !isDirect && (
          <span className="line-avatar">
            {isLast && <Avatar id={message.sender_id} name={message.sender_name} size="s" />}
          </span>
        )}
        <Bubble message={message} isOwn={isOwn} />
        {!message.delivery && message.body !== null && <Actions message={message} isOwn={isOwn} onEdit={onEdit} />}
      </div>
      <Reactions message={message} />
      {message.delivery === "failed" && <Failure message={message} />}
      {isSeen && <p className="seen">{strings.messages.seen}</p>}
    </li>
  );
});

function Bubble({ message, isOwn }: { message: CachedMessage; isOwn: boolean }) {
  const text = strings.messages;
  return (
    <div className={`bubble${message.body === null ? " deleted" : ""}`}>
      <span className="visually-hidden">{isOwn ? strings.sidebar.you : message.sender_name}: </span>
      <span className="body">{message.body === null ? text.deleted : <Linkified text={message.body} />}</span>
      <span className="meta">
        {message.pinned_at && <span>{strings.pins.pinned} </span>}
        {message.edited_at && message.body !== null && <span>{text.edited} </span>}
        <time dateTime={message.created_at} title={exactMoment(message.created_at)}>
          {timeOfDay(message.created_at)}
        </time>
        {isOwn && message.body !== null && <Delivery message={message} />}
      </span>
    </div>
  );
}

function Delivery({ message }: { message: CachedMessage }) {
  if (message.delivery === "failed") return null;
  const isPending = message.delivery === "pending";
  return (
    <span className="delivery" role="img" aria-label={isPending ? strings.messages.sending : strings.messages.sent}>
      {isPending ? <ClockIcon /> : <CheckIcon />}
    </span>
  );
}

function Failure({ message }: { message: CachedMessage }) {
  const live = useLive();
  const text = strings.messages;
  const { conversation_id, client_msg_id, failure } = message;
  if (!client_msg_id) return null;
  return (
    <p className="failure" role="alert">
      {text.failed} {failure && text.failedWhy[failure]}{" "}
      <button type="button" className="link-button" onClick={() => live.retry(conversation_id, client_msg_id)}>
        {text.retry}
      </button>{" "}
      <button type="button" className="link-button" onClick={() => live.discard(conversation_id, client_msg_id)}>
        {text.discard}
      </button>
    </p>
  );
}

interface ActionsProps {
  message: CachedMessage;
  isOwn: boolean;
  onEdit: (message: CachedMessage) => void;
}

function Actions({ message, isOwn, onEdit }: ActionsProps) {
  const live = useLive();
  const { store, me } = live;
  const [state, setState] = useState<"closed" | "open" | "reacting" | "asking">("closed");
  const text = strings.messages;
  const close = () => setState("closed");
  if (state === "closed") {
    return (
      <button type="button" className="icon-button more" onClick={() => setState("open")} aria-label={text.more}>
        <MoreIcon />
      </button>
    );
  }
  // Read when the actions open: a muted member cannot write, but can delete.
  const isMuted = store.member(message.conversation_id, me.user_id)?.muted_until != null;
  const conversation = store.conversation(message.conversation_id);
  const standing = { role: conversation?.role ?? null, isAdmin: me.isAdmin ?? false };
  const canPin = !isMuted && conversation !== undefined && mayPin(standing, conversation);
  const isPinned = message.pinned_at != null;
  const buttons = [
    !isMuted && { label: strings.reactions.react, act: () => setState("reacting") },
    canPin && {
      label: isPinned ? strings.pins.unpin : strings.pins.pin,
      act: () => {
        close();
        void live.pin(message, !isPinned);
      },
    },
    isOwn &&
      !isMuted && {
        label: text.edit,
        act: () => {
          close();
          onEdit(message);
        },
      },
    isOwn && { label: text.delete, act: () => setState("asking") },
  ].filter((button) => button !== false);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape closes what its buttons opened
    <div
      className="actions"
      onKeyDown={(event) => event.key === "Escape" && close()}
      onBlur={(event) => !event.currentTarget.contains(event.relatedTarget) && close()}
    >
      {state === "open" &&
        buttons.map(({ label, act }, index) => (
          <button
            key={label}
            type="button"
            className="button small-button"
            // biome-ignore lint/a11y/noAutofocus: it stands where the button was that opened it
            autoFocus={index === 0}
            onClick={act}
          >
            {label}
          </button>
        ))}
      {state === "reacting" && <ReactionPicker message={message} onDone={close} />}
      {state === "asking" && <ConfirmDeletion message={message} />}
    </div>
  );
}

function ConfirmDeletion({ message }: { message: CachedMessage }) {
  const live = useLive();
  return (
    <button
      type="button"
      className="button small-button danger"
      // biome-ignore lint/a11y/noAutofocus: it stands where the button was that opened it
      autoFocus
      onClick={() => void live.delete(message)}
    >
      {strings.messages.confirmDelete}
    </button>
  );
}
