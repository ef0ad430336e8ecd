import { memo } from "react";
import { type LiveCache, useConversation, useDraft, useIsBlocked, useLive } from "../cache";
import type { Conversation } from "../client";
import { ConversationAvatar } from "./Avatar";
import { summaryOf } from "./files/summary";
import { exactMoment, shortTime } from "./format";
import { MuteIcon } from "./Icons";
import { titleOf } from "./names";
import { useNotificationsMutedUntil } from "./notifications";
import { conversationLink } from "./route";
import { strings } from "./strings";
import { Counts } from "./ThreadsPane";

function preview(live: LiveCache, conversation: Conversation, isBlocked: boolean): string {
  const message = conversation.last_message;
  if (!message) return strings.sidebar.noMessages;
  if (isBlocked) return strings.messages.fromBlocked;
  if (message.body === null) return strings.sidebar.deleted;
  const body = summaryOf(live, conversation.id, message);
  if (message.sender_id === live.me.user_id) return `${strings.sidebar.you}: ${body}`;
  return conversation.type === "dm" ? body : `${message.sender_name}: ${body}`;
}

export const InboxItem = memo(function InboxItem({ id, isOpen }: { id: string; isOpen: boolean }) {
  const conversation = useConversation(id);
  const live = useLive();
  const draft = useDraft(id)?.body;
  const isBlocked = useIsBlocked(conversation?.last_message);
  const preferences = conversation?.preferences;
  const isMuted = useNotificationsMutedUntil(preferences) !== undefined || preferences?.notify === "none";
  if (!conversation) return null;
  const { unread_count, mention_count, last_message_at } = conversation;
  return (
    <li>
      <a
        className={`inbox-item${unread_count > 0 ? " has-unread" : ""}`}
        href={conversationLink(id)}
        aria-current={isOpen ? "page" : undefined}
      >
        <ConversationAvatar conversation={conversation} />
        <span className="inbox-title">
          {titleOf(conversation)}
          {isMuted && (
            <span className="inbox-mute" role="img" aria-label={strings.sidebar.muted} title={strings.sidebar.muted}>
              <MuteIcon />
            </span>
          )}
        </span>
        {last_message_at && (
          <time className="inbox-time" dateTime={last_message_at} title={exactMoment(last_message_at)}>
            {shortTime(last_message_at)}
          </time>
        )}
        <span className="inbox-preview">
          {draft != null && !isOpen ? (
            <>
              <span className="draft-mark">{strings.sidebar.draft}</span> {draft}
            </>
          ) : (
            preview(live, conversation, isBlocked)
          )}
        </span>
        <Counts unread={unread_count} mentions={mention_count} unreadText={strings.sidebar.unread} isQuiet={isMuted} />
      </a>
    </li>
  );
});
