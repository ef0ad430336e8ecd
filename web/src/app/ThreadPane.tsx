import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { answered, type CachedMessage, useConversation, useLive, useMessage, useReplies, useThreads } from "../cache";
import { Problem } from "../client";
import { CloseIcon } from "./Icons";
import { titleOf } from "./names";
import { conversationLink, goToConversation } from "./route";
import { strings } from "./strings";
import { ThreadList } from "./ThreadList";
import { WritingPlace } from "./WritingPlace";

interface Props {
  conversationId: string;
  /** The thread's first message. */
  threadId: string;
  /** Whether it covers its conversation, and so is the main content. */
  isMain: boolean;
}

/** A thread beside its conversation, or over it if there is no room for both. */
export function ThreadPane({ conversationId, threadId, isMain }: Props) {
  const { store } = useLive();
  const conversation = useConversation(conversationId);
  const { ids, error, refetch, ...history } = useReplies(conversationId, threadId);
  const first = useMessage(threadId);
  const [editing, setEditing] = useState<CachedMessage>();
  const [quoting, setQuoting] = useState<CachedMessage>();
  const pane = useRef<HTMLElement>(null);
  useReturnOfFocus(pane, threadId);
  const text = strings.threads;
  const isGone = error instanceof Problem && (error.status === 404 || error.status === 403);

  const keyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape" && !event.defaultPrevented) goToConversation(conversationId);
  };
  const shown = ids && first && conversation ? { ids, conversation } : undefined;
  const Landmark = isMain ? "main" : "aside";
  const Heading = isMain ? "h1" : "h2";
  return (
    <Landmark ref={pane} className="thread" aria-label={text.title} onKeyDown={keyDown}>
      <header className="conversation-header">
        <div className="conversation-names">
          <Heading tabIndex={-1}>{text.title}</Heading>
          <p className="subtitle">{conversation && titleOf(conversation)}</p>
        </div>
        {shown && <FollowButton threadId={threadId} />}
        <a className="icon-button" href={conversationLink(conversationId)} aria-label={text.close} title={text.close}>
          <CloseIcon />
        </a>
      </header>
      {shown ? (
        <ThreadList
          conversation={shown.conversation}
          threadId={threadId}
          ids={shown.ids}
          history={history}
          onEdit={setEditing}
          onQuote={setQuoting}
        />
      ) : error ? (
        <div className="messages-loading" role="alert">
          {isGone ? text.gone : text.failed}{" "}
          {!isGone && (
            <button type="button" className="link-button" onClick={() => void refetch()}>
              {strings.messages.retry}
            </button>
          )}
        </div>
      ) : (
        <div className="messages-loading" role="status">
          {strings.conversation.loading}
        </div>
      )}
      {shown && answered(store, threadId) && (
        <WritingPlace
          id={conversationId}
          parentId={threadId}
          conversation={conversation}
          ids={shown.ids}
          sentIds={[...(store.messageIds(conversationId) ?? []), ...shown.ids]}
          editing={editing}
          onEdit={setEditing}
          quoting={quoting}
          onQuote={setQuoting}
        />
      )}
    </Landmark>
  );
}

/** Takes the focus when the pane opens, and gives it back to the message when it closes. */
function useReturnOfFocus(pane: { current: HTMLElement | null }, threadId: string): void {
  useEffect(() => {
    const element = pane.current;
    if (element && !element.contains(document.activeElement)) {
      element.querySelector<HTMLElement>("h1, h2")?.focus({ preventScroll: true });
    }
    return () => {
      const { activeElement } = document;
      const isLost = !activeElement || activeElement === document.body || element?.contains(activeElement);
      if (!isLost) return;
      const row = document.querySelector(`.conversation [data-message="${CSS.escape(threadId)}"]`);
      row?.querySelector<HTMLElement>(".thread-line a, .more")?.focus({ preventScroll: true });
    };
  }, [pane, threadId]);
}

/** Mounted after the replies are loaded: by then the server's list has a thread in which the user has just written. */
function FollowButton({ threadId }: { threadId: string }) {
  const live = useLive();
  const { data } = useThreads({ isFresh: true });
  const [isBusy, setBusy] = useState(false);
  if (!data) return null;
  const isFollowing = data.some(({ id }) => id === threadId);
  const toggle = () => {
    setBusy(true);
    void live.attempt(live.threads.follow(threadId, !isFollowing)).then(() => setBusy(false));
  };
  return (
    <button type="button" className="button small-button" aria-pressed={isFollowing} disabled={isBusy} onClick={toggle}>
      {isFollowing ? strings.threads.following : strings.threads.follow}
    </button>
  );
}
