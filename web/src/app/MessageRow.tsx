import { memo, useState } from "react";
import { type CachedMessage, useIsBlocked, useLive, useMessage } from "../cache";
import { Avatar } from "./Avatar";
import { EarlierTexts } from "./EarlierTexts";
import { Attachments } from "./files/Attachments";
import { isOnlyFiles } from "./files/summary";
import { dayName, daysBetween, exactMoment, timeOfDay } from "./format";
import { CheckIcon, ClockIcon } from "./Icons";
import { LinkPreviews } from "./LinkPreviews";
import { MessageMenu } from "./MessageMenu";
import { MessageText } from "./MessageText";
import { maySeeEarlier } from "./moderation";
import { Quoted } from "./Quoted";
import { Reactions } from "./Reactions";
import { SystemLine } from "./SystemLine";
import { strings } from "./strings";
import { ThreadLine } from "./ThreadLine";

const GROUP_WITHIN_MS = 5 * 60_000;

interface Props {
  id: string;
  previousId: string | undefined;
  nextId: string | undefined;
  startsUnread: boolean;
  isSeen: boolean;
  isDirect: boolean;
  /** Whether a jump led to it. */
  isTarget: boolean;
  /** Whether it is not grouped with the message before it. */
  startsGroup?: boolean;
  /** Whether a thread shows it, which then needs no line about the thread. */
  isInThread?: boolean;
  onEdit: (message: CachedMessage) => void;
  onQuote: (message: CachedMessage) => void;
}

/** Whether two messages are grouped: of people, same sender, same day, close in time. */
function belongTogether(earlier: CachedMessage | undefined, later: CachedMessage | undefined): boolean {
  if (!earlier || !later || earlier.sender_id !== later.sender_id) return false;
  if (earlier.type === "system" || later.type === "system") return false;
  const [a, b] = [new Date(earlier.created_at), new Date(later.created_at)];
  return daysBetween(a, b) === 0 && b.getTime() - a.getTime() < GROUP_WITHIN_MS;
}

export const MessageRow = memo(function MessageRow(props: Props) {
  const { id, previousId, nextId, startsUnread, isSeen, isTarget } = props;
  const { startsGroup = false } = props;
  const { store, me } = useLive();
  const message = useMessage(id);
  if (!message) return null;
  // Sender and time of the neighbours never change, so no subscription is needed.
  const previous = previousId ? store.message(previousId) : undefined;
  const next = nextId ? store.message(nextId) : undefined;
  const isSystem = message.type === "system";
  const isOwn = message.sender_id === me.user_id && !isSystem;
  const startsDay = !previous || daysBetween(new Date(previous.created_at), new Date(message.created_at)) !== 0;
  const isFirst = startsUnread || startsGroup || !belongTogether(previous, message);
  const isLast = !belongTogether(message, next);
  const place = [
    isSystem ? "system" : isOwn ? "own" : "other",
    isFirst && "first",
    isLast && "last",
    isTarget && "target",
  ];
  return (
    <li
      className={["message", ...place, message.delivery].filter(Boolean).join(" ")}
      data-message={id}
      tabIndex={isTarget ? -1 : undefined}
    >
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
      {isSystem ? (
        <SystemLine message={message} />
      ) : (
        <Said {...props} message={message} isFirst={isFirst} isLast={isLast} />
      )}
      {message.delivery === "failed" && <Failure message={message} />}
      {isSeen && <p className="seen">{strings.messages.seen}</p>}
    </li>
  );
});

interface SaidProps extends Pick<Props, "isDirect" | "isInThread" | "onEdit" | "onQuote"> {
  message: CachedMessage;
  isFirst: boolean;
  isLast: boolean;
}

/** What a person has written, and what belongs to it. */
function Said({ message, isDirect, isInThread = false, isFirst, isLast, onEdit, onQuote }: SaidProps) {
  const { me } = useLive();
  const isBlocked = useIsBlocked(message);
  const [isRevealed, setRevealed] = useState(false);
  const isHidden = isBlocked && !isRevealed;
  const isOwn = message.sender_id === me.user_id;
  return (
    <>
      {isFirst && !isOwn && !isDirect && <p className="sender">{message.sender_name}</p>}
      <div className="line">
        {!isOwn && !isDirect && (
          <span className="line-avatar">
            {isLast && <Avatar id={message.sender_id} name={message.sender_name} size="s" />}
          </span>
        )}
        {isHidden ? <Collapsed onShow={() => setRevealed(true)} /> : <Bubble message={message} isOwn={isOwn} />}
        {!message.delivery && message.body !== null && !isHidden && (
          <MessageMenu message={message} isOwn={isOwn} isInThread={isInThread} onEdit={onEdit} onQuote={onQuote} />
        )}
      </div>
      {!isHidden && message.body !== null && <LinkPreviews message={message} />}
      {!isHidden && <Reactions message={message} />}
      {!isInThread && <ThreadLine message={message} />}
    </>
  );
}

/** Stands for a message of a person that the user has blocked. */
function Collapsed({ onShow }: { onShow: () => void }) {
  const text = strings.messages;
  return (
    <div className="bubble deleted">
      <span className="body">{text.fromBlocked}</span>{" "}
      <button type="button" className="link-button" onClick={onShow}>
        {text.showBlocked}
      </button>
    </div>
  );
}

function Bubble({ message, isOwn }: { message: CachedMessage; isOwn: boolean }) {
  const text = strings.messages;
  return (
    <div className={`bubble${message.body === null ? " deleted" : ""}`}>
      <span className="visually-hidden">{isOwn ? strings.sidebar.you : message.sender_name}: </span>
      {message.quote_id && message.body !== null && <Quoted message={message} />}
      {message.body !== null && (message.attachments?.length ?? 0) > 0 && <Attachments message={message} />}
      {!isOnlyFiles(message) && (
        <div className="body">{message.body === null ? text.deleted : <MessageText message={message} />}</div>
      )}
      <span className="meta">
        {message.pinned_at && <span>{strings.pins.pinned} </span>}
        {message.edited_at && message.body !== null && <Edited message={message} isOwn={isOwn} />}
        <time dateTime={message.created_at} title={exactMoment(message.created_at)}>
          {timeOfDay(message.created_at)}
        </time>
        {isOwn && message.body !== null && <Delivery message={message} />}
      </span>
    </div>
  );
}

/** The mark of an edited message; its author and moderators open the earlier texts with it. */
function Edited({ message, isOwn }: { message: CachedMessage; isOwn: boolean }) {
  const { store, me } = useLive();
  const [isOpen, setOpen] = useState(false);
  const text = strings.messages;
  const conversation = store.conversation(message.conversation_id);
  const standing = { role: conversation?.role ?? null, isAdmin: me.isAdmin ?? false };
  if (!conversation || !maySeeEarlier(standing, conversation, isOwn)) return <span>{text.edited} </span>;
  return (
    <>
      <button
        type="button"
        className="edited"
        onClick={() => setOpen(true)}
        aria-label={text.showEarlier}
        title={text.showEarlier}
      >
        {text.edited}
      </button>
      {isOpen && <EarlierTexts message={message} onClose={() => setOpen(false)} />}
    </>
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
