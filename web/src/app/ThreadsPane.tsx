import { useConversation, useIsBlocked, useLive, useMessage, useThreads } from "../cache";
import type { Thread } from "../client";
import { ConversationAvatar } from "./Avatar";
import { summaryOf } from "./files/summary";
import { exactMoment, shortTime } from "./format";
import { BackIcon } from "./Icons";
import { ListNotes } from "./ListNotes";
import { titleOf } from "./names";
import { threadLink } from "./route";
import { strings } from "./strings";

/** The threads that the user follows, newest reply first. */
export function ThreadsPane() {
  const { data, isError, refetch } = useThreads({ isFresh: true });
  const text = strings.threads;
  return (
    <main className="conversation">
      <header className="conversation-header">
        <a className="icon-button back" href="#/" aria-label={strings.conversation.back}>
          <BackIcon />
        </a>
        <div className="conversation-names">
          <h1 tabIndex={-1}>{text.all}</h1>
        </div>
      </header>
      <div className="threads-scroll">
        <ListNotes
          text={{ ...text, none: text.noneFollowed }}
          count={data?.length}
          isError={isError}
          refetch={refetch}
        />
        <ul className="threads">
          {data?.map((thread) => (
            <ThreadItem key={thread.id} thread={thread} />
          ))}
        </ul>
      </div>
    </main>
  );
}

function ThreadItem({ thread }: { thread: Thread }) {
  const live = useLive();
  const message = useMessage(thread.id) ?? thread.message;
  const conversation = useConversation(message.conversation_id);
  const isBlocked = useIsBlocked(message);
  const { id, reply_count, last_reply_at, unread_count, mention_count } = thread;
  const text = strings.threads;
  const body = message.body === null ? strings.messages.deleted : summaryOf(live, message.conversation_id, message);
  return (
    <li>
      <a
        className={`inbox-item${unread_count > 0 ? " has-unread" : ""}`}
        href={threadLink(message.conversation_id, id)}
      >
        {conversation && <ConversationAvatar conversation={conversation} />}
        <span className="inbox-title">{isBlocked ? strings.messages.fromBlocked : body}</span>
        {last_reply_at && (
          <time className="inbox-time" dateTime={last_reply_at} title={exactMoment(last_reply_at)}>
            {shortTime(last_reply_at)}
          </time>
        )}
        <span className="inbox-preview">
          {message.sender_name}
          {conversation && ` · ${titleOf(conversation)}`} · {text.replies(reply_count)}
        </span>
        <Counts unread={unread_count} mentions={mention_count} unreadText={text.unread} />
      </a>
    </li>
  );
}

interface CountsProps {
  unread: number;
  mentions: number;
  unreadText: (count: number) => string;
  isQuiet?: boolean;
}

/** Numbers of unread messages and of mentions in them. */
export function Counts({ unread, mentions, unreadText, isQuiet = false }: CountsProps) {
  if (unread === 0 && mentions === 0) return null;
  return (
    <span className="badges">
      {mentions > 0 && (
        <span className="mention-badge">
          <span aria-hidden="true">@</span>
          <span className="visually-hidden">{strings.mentions.count(mentions)}</span>
        </span>
      )}
      {unread > 0 && (
        <span className={`badge${isQuiet ? " badge-quiet" : ""}`}>
          <span aria-hidden="true">{unread > 99 ? "99+" : unread}</span>
          <span className="visually-hidden">{unreadText(unread)}</span>
        </span>
      )}
    </span>
  );
}
