import { useEffect, useState } from "react";
import { type CachedMessage, messageKey, useLive, useMessage, useThreads } from "../cache";
import { type Conversation, isThreadOnly } from "../client";
import { Announcer } from "./Announcer";
import { DownIcon } from "./Icons";
import { useJumpTarget } from "./jump";
import { MessageRow } from "./MessageRow";
import { strings } from "./strings";
import { useScroll } from "./useScroll";
import { useVisible } from "./useVisible";

interface Props {
  conversation: Conversation;
  /** The thread's first message. */
  threadId: string;
  ids: string[];
  history: { hasOlder: boolean; isLoadingOlder: boolean; olderFailed: boolean };
  onEdit: (message: CachedMessage) => void;
  onQuote: (message: CachedMessage) => void;
}

/** The first message of a thread, and its replies. */
export function ThreadList({ conversation, threadId, ids, history, onEdit, onQuote }: Props) {
  const live = useLive();
  const { store, me } = live;
  const isVisible = useVisible();
  const count = useMessage(threadId)?.reply_count ?? 0;
  const firstUnread = useFirstUnread(threadId, ids);
  const { scroller, list, atBottom, toBottom } = useScroll(ids, firstUnread, me.user_id);
  const target = useJumpTarget(threadId, ids, scroller, (id) => live.replies.loadBackTo(threadId, id));
  const { hasOlder, isLoadingOlder, olderFailed } = history;
  const newest = ids.findLast((known) => !store.message(known)?.delivery);
  useEffect(() => {
    const seq = newest && store.message(newest)?.seq;
    if (isVisible && atBottom && seq) void live.threads.read(threadId, seq);
  }, [live, store, threadId, newest, isVisible, atBottom]);

  const row = (id: string, previousId: string | undefined, nextId: string | undefined) => (
    <MessageRow
      key={messageKey(store.message(id), id)}
      id={id}
      previousId={previousId}
      nextId={nextId}
      startsUnread={id === firstUnread}
      startsGroup={id === ids[0]}
      isSeen={false}
      isDirect={conversation.type === "dm"}
      isTarget={id === target}
      isInThread
      onEdit={onEdit}
      onQuote={onQuote}
    />
  );
  return (
    <div className="messages-place">
      <div className="messages" ref={scroller} tabIndex={-1}>
        <ol className="message-list thread-start" aria-label={strings.threads.first}>
          {row(threadId, undefined, undefined)}
        </ol>
        <div className="thread-divider" role="status">
          {hasOlder ? (
            <button
              type="button"
              className="button small-button"
              disabled={isLoadingOlder}
              onClick={() => void live.replies.loadOlder(threadId)}
            >
              {olderFailed ? `${strings.messages.olderFailed} ${strings.messages.retry}` : strings.threads.older}
            </button>
          ) : (
            <span>{count === 0 ? strings.threads.none : strings.threads.replies(count)}</span>
          )}
        </div>
        <ol
          ref={list}
          className="message-list thread-replies"
          aria-label={strings.threads.list}
          aria-busy={isLoadingOlder}
        >
          {ids.map((id, index) => row(id, ids[index - 1] ?? threadId, ids[index + 1]))}
        </ol>
      </div>
      {!atBottom && (
        <button type="button" className="jump" onClick={() => toBottom("smooth")}>
          <DownIcon />
          {strings.messages.jump}
        </button>
      )}
      <Announcer ids={ids.filter((id) => isAnnouncedHere(store.message(id)))} />
    </div>
  );
}

/** A reply that the conversation shows too is announced there. */
function isAnnouncedHere(message: CachedMessage | undefined): boolean {
  return message !== undefined && isThreadOnly(message);
}

/** The first reply of another user after the user's marker when the thread was opened. */
function useFirstUnread(threadId: string, ids: string[]): string | undefined {
  const { store, me } = useLive();
  const { data } = useThreads();
  const thread = data?.find(({ id }) => id === threadId);
  const [readBefore] = useState(thread && thread.unread_count > 0 ? thread.last_read_seq : undefined);
  if (readBefore === undefined) return undefined;
  return ids.find((id) => {
    const message = store.message(id);
    return message && !message.delivery && message.seq > readBefore && message.sender_id !== me.user_id;
  });
}
