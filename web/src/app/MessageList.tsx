import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { type CachedMessage, messageKey, useLive, useReceipts, useUnreadHold } from "../cache";
import type { Conversation } from "../client";
import { Announcer } from "./Announcer";
import { DownIcon } from "./Icons";
import { useJumpTarget } from "./jump";
import { MessageRow } from "./MessageRow";
import { strings } from "./strings";
import { useScroll } from "./useScroll";
import { useVisible } from "./useVisible";

interface Props {
  conversation: Conversation;
  ids: string[];
  history: { hasOlder: boolean; isLoadingOlder: boolean; olderFailed: boolean };
  /** Whether something covers the list, so that the user does not see its messages. */
  isCovered: boolean;
  onEdit: (message: CachedMessage) => void;
  onQuote: (message: CachedMessage) => void;
}

export function MessageList({ conversation, ids, history, isCovered, onEdit, onQuote }: Props) {
  const live = useLive();
  const { store, me } = live;
  const id = conversation.id;
  const isVisible = useVisible() && !isCovered;
  // First unread message when the conversation was opened; it does not move while the user reads.
  const [openedAt] = useState(conversation.unread_count > 0 ? conversation.last_read_seq : undefined);
  const hold = useUnreadHold(id);
  const readBefore = hold?.before ?? openedAt;
  const firstUnread = useFirstUnread(ids, readBefore);
  const { scroller, list, atBottom, toBottom } = useScroll(ids, firstUnread, me.user_id);
  const target = useJumpTarget(id, ids, list, (messageId) => live.histories.loadBackTo(id, messageId));
  const top = useRef<HTMLDivElement>(null);
  const { hasOlder, isLoadingOlder, olderFailed } = history;

  useEffect(() => {
    const sentinel = top.current;
    if (!sentinel || !hasOlder || isLoadingOlder || olderFailed) return;
    const observer = new IntersectionObserver(
      (entries) => entries.some((entry) => entry.isIntersecting) && void live.histories.loadOlder(id),
      { root: scroller.current, rootMargin: "600px 0px 0px" },
    );
    observer.observe(sentinel);
    return () => observer.disconnect();
  }, [live, id, hasOlder, isLoadingOlder, olderFailed, scroller]);

  const { last_read_seq } = conversation;
  const newest = ids.findLast((known) => !store.message(known)?.delivery);
  useEffect(() => {
    const seq = newest && store.message(newest)?.seq;
    if (isVisible && atBottom && seq && seq > last_read_seq && !hold) live.read(id, seq);
  }, [live, store, id, newest, last_read_seq, isVisible, atBottom, hold]);

  // The next time it is opened, it is read as always.
  useEffect(() => () => live.readAgain(id), [live, id]);

  const seenId = useSeen(conversation, ids);
  return (
    <div className="messages-place">
      <div className="messages" ref={scroller} tabIndex={-1}>
        <div ref={top} className="messages-top">
          {olderFailed ? (
            <button type="button" className="button small-button" onClick={() => void live.histories.loadOlder(id)}>
              {strings.messages.olderFailed} {strings.messages.retry}
            </button>
          ) : hasOlder ? (
            <span role="status">{isLoadingOlder ? strings.messages.loadingOlder : ""}</span>
          ) : (
            <span>{strings.messages.beginning}</span>
          )}
        </div>
        <ol ref={list} className="message-list" aria-label={strings.messages.label} aria-busy={isLoadingOlder}>
          {ids.map((known, index) => (
            <MessageRow
              key={messageKey(store.message(known), known)}
              id={known}
              previousId={ids[index - 1]}
              nextId={ids[index + 1]}
              startsUnread={known === firstUnread}
              isSeen={known === seenId}
              isDirect={conversation.type === "dm"}
              isTarget={known === target}
              onEdit={onEdit}
              onQuote={onQuote}
            />
          ))}
        </ol>
      </div>
      {!atBottom && (
        <button type="button" className="jump" onClick={() => toBottom("smooth")}>
          <DownIcon />
          {conversation.unread_count > 0 ? strings.messages.jumpNew : strings.messages.jump}
        </button>
      )}
      <Announcer ids={ids} />
    </div>
  );
}

/** The first message of another user after the read marker. */
function useFirstUnread(ids: string[], readBefore: number | undefined): string | undefined {
  const { store, me } = useLive();
  const found = useRef<{ readBefore: number | undefined; id: string | undefined }>(undefined);
  useLayoutEffect(() => {
    found.current = { readBefore, id: first };
  });
  const known = found.current?.readBefore === readBefore ? found.current?.id : undefined;
  const first =
    known ??
    (readBefore === undefined
      ? undefined
      : ids.find((id) => {
          const message = store.message(id);
          if (!message || message.delivery || message.type === "system") return false;
          return message.seq > readBefore && message.sender_id !== me.user_id;
        }));
  return first;
}

/** In a direct conversation, the newest own message that the peer has read. */
function useSeen(conversation: Conversation, ids: string[]): string | undefined {
  const { store, me } = useLive();
  const receipts = useReceipts(conversation.id);
  const { peer } = conversation;
  if (conversation.type !== "dm" || !peer) return undefined;
  const upTo = receipts[peer.user_id] ?? 0;
  return ids.findLast((id) => {
    const message = store.message(id);
    return message && !message.delivery && message.sender_id === me.user_id && message.seq <= upTo;
  });
}
