import { useState } from "react";
import { type CachedMessage, useConversation, useConversationMessages, useEnding, useMembers } from "../cache";
import { Problem } from "../client";
import { ConnectionBanner } from "./ConnectionBanner";
import { ConversationHeader } from "./ConversationHeader";
import { EndingNote } from "./EndingNote";
import { MessageList } from "./MessageList";
import { goToInbox } from "./route";
import { strings } from "./strings";
import { ThreadPane } from "./ThreadPane";
import { useMedia } from "./useMedia";
import { WritingPlace } from "./WritingPlace";

interface Props {
  id: string;
  /** The open thread, by its first message. */
  threadId: string | undefined;
}

/** A conversation, and beside it or over it the thread that is open. */
export function ConversationPane({ id, threadId }: Props) {
  const isNarrow = useMedia("(max-width: 1179px)");
  return (
    <>
      <Conversation id={id} isCovered={isNarrow && threadId !== undefined} />
      {threadId !== undefined && (
        <ThreadPane key={threadId} conversationId={id} threadId={threadId} isMain={isNarrow} />
      )}
    </>
  );
}

function Conversation({ id, isCovered }: { id: string; isCovered: boolean }) {
  const conversation = useConversation(id);
  const { ids, error, refetch, ...history } = useConversationMessages(id);
  const [editing, setEditing] = useState<CachedMessage>();
  const [quoting, setQuoting] = useState<CachedMessage>();
  const ending = useEnding(id);
  // Loads the members, because the list shows whether the user is muted.
  useMembers(conversation);
  const text = strings.conversation;

  if (ending) return <EndingNote conversation={conversation} ending={ending} />;

  if (error && !ids) {
    const isGone = error instanceof Problem && (error.status === 404 || error.status === 403);
    return (
      <main className="nothing-open">
        <p role="alert">{isGone ? text.notFound : text.failed}</p>
        {isGone ? (
          <button type="button" className="button" onClick={goToInbox}>
            {text.back}
          </button>
        ) : (
          <button type="button" className="button" onClick={() => void refetch()}>
            {strings.messages.retry}
          </button>
        )}
      </main>
    );
  }

  return (
    <main className="conversation" inert={isCovered}>
      <ConversationHeader id={id} conversation={conversation} />
      <ConnectionBanner id={id} />
      {ids && conversation ? (
        <MessageList
          conversation={conversation}
          ids={ids}
          history={history}
          isCovered={isCovered}
          onEdit={setEditing}
          onQuote={setQuoting}
        />
      ) : (
        <div className="messages-loading" role="status">
          {text.loading}
        </div>
      )}
      <WritingPlace
        id={id}
        conversation={conversation}
        ids={ids}
        editing={editing}
        onEdit={setEditing}
        quoting={quoting}
        onQuote={setQuoting}
      />
    </main>
  );
}
