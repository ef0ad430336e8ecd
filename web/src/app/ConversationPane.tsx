import { useState } from "react";
import { type CachedMessage, useConversation, useConversationMessages, useEnding, useMembers } from "../cache";
import { Problem } from "../client";
import { ConnectionBanner } from "./ConnectionBanner";
import { ConversationHeader } from "./ConversationHeader";
import { EndingNote } from "./EndingNote";
import { MessageList } from "./MessageList";
import { goToInbox } from "./route";
import { strings } from "./strings";
import { WritingPlace } from "./WritingPlace";

export function ConversationPane({ id }: { id: string }) {
  const conversation = useConversation(id);
  const { ids, error, refetch, ...history } = useConversationMessages(id);
  const [editing, setEditing] = useState<CachedMessage>();
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
    <main className="conversation">
      <ConversationHeader id={id} conversation={conversation} />
      <ConnectionBanner id={id} />
      {ids && conversation ? (
        <MessageList conversation={conversation} ids={ids} history={history} onEdit={setEditing} />
      ) : (
        <div className="messages-loading" role="status">
          {text.loading}
        </div>
      )}
      <WritingPlace id={id} conversation={conversation} ids={ids} editing={editing} onEdit={setEditing} />
    </main>
  );
}
