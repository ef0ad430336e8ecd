import { type CachedMessage, useLive, useMessage, useThreads } from "../cache";
import { summaryOf } from "./files/summary";
import { exactMoment, shortTime } from "./format";
import { ThreadIcon } from "./Icons";
import { threadLink } from "./route";
import { strings } from "./strings";

/** Leads to the thread of a message: from its first message, with the number of replies, or from a reply. */
export function ThreadLine({ message }: { message: CachedMessage }) {
  const { id, conversation_id, thread_id, reply_count = 0, last_reply_at } = message;
  if (message.delivery) return null;
  if (thread_id) return <ReplyLine conversationId={conversation_id} threadId={thread_id} />;
  if (reply_count === 0) return null;
  return (
    <p className="thread-line">
      <a href={threadLink(conversation_id, id)}>
        <ThreadIcon />
        <strong>{strings.threads.replies(reply_count)}</strong>
        {last_reply_at && (
          <time dateTime={last_reply_at} title={exactMoment(last_reply_at)}>
            {strings.threads.last(shortTime(last_reply_at))}
          </time>
        )}
        <UnreadReplies threadId={id} />
      </a>
    </p>
  );
}

function UnreadReplies({ threadId }: { threadId: string }) {
  const { data } = useThreads();
  const count = data?.find(({ id }) => id === threadId)?.unread_count ?? 0;
  if (count === 0) return null;
  return (
    <span className="badge">
      <span aria-hidden="true">{count}</span>
      <span className="visually-hidden">{strings.threads.unread(count)}</span>
    </span>
  );
}

/** On a reply that the conversation shows too. */
function ReplyLine({ conversationId, threadId }: { conversationId: string; threadId: string }) {
  const live = useLive();
  const first = useMessage(threadId);
  const body = first && first.body !== null && summaryOf(live, conversationId, first);
  return (
    <p className="thread-line">
      <a href={threadLink(conversationId, threadId)}>
        <ThreadIcon />
        <span className="thread-first">
          {first && body ? strings.threads.replyTo(first.sender_name, body) : strings.threads.inThread}
        </span>
      </a>
    </p>
  );
}
