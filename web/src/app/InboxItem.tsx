import { memo } from "react";
import { useConversation, useLive } from "../cache";
import type { Conversation } from "../client";
import { ConversationAvatar } from "./Avatar";
import { exactMoment, shortTime } from "./format";
import { titleOf } from "./names";
import { conversationLink } from "./route";
import { strings } from "./strings";

function preview(conversation: Conversation, me: string): string {
  const message = conversation.last_message;
  if (!message) return strings.sidebar.noMessages;
  if (message.body === null) return strings.sidebar.deleted;
  if (message.sender_id === me) return `${strings.sidebar.you}: ${message.body}`;
  return conversation.type === "dm" ? message.body : `${message.sender_name}: ${message.body}`;
}

export const InboxItem = memo(function InboxItem({ id, isOpen }: { id: string; isOpen: boolean }) {
  const conversation = useConversation(id);
  const { me } = useLive();
  if (!conversation) return null;
  const { unread_count, last_message_at } = conversation;
  return (
    <li>
      <a
        className={`inbox-item${unread_count > 0 ? " has-unread" : ""}`}
        href={conversationLink(id)}
        aria-current={isOpen ? "page" : undefined}
      >
        <ConversationAvatar conversation={conversation} />
        <span className="inbox-title">{titleOf(conversation)}</span>
        {last_message_at && (
          <time className="inbox-time" dateTime={last_message_at} title={exactMoment(last_message_at)}>
            {shortTime(last_message_at)}
          </time>
        )}
        <span className="inbox-preview">{preview(conversation, me.user_id)}</span>
        {unread_count > 0 && (
          <span className="badge">
            <span aria-hidden="true">{unread_count > 99 ? "99+" : unread_count}</span>
            <span className="visually-hidden">{strings.sidebar.unread(unread_count)}</span>
          </span>
        )}
      </a>
    </li>
  );
});
