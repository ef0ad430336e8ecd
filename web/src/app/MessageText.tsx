import type { ReactNode } from "react";
import { type CachedMessage, keys, type LiveCache, useCached, useLive } from "../cache";
import { Linkified } from "./linkify";
import { textParts } from "./mentions";

/** The name of a member, as far as this page knows it. */
export function nameIn({ store, me }: LiveCache, conversationId: string, userId: string): string | undefined {
  if (userId === me.user_id) return me.name;
  const known = store.member(conversationId, userId)?.name;
  if (known) return known;
  const peer = store.conversation(conversationId)?.peer;
  if (peer?.user_id === userId) return peer.name;
  const ids = store.messageIds(conversationId) ?? [];
  const written = ids.findLast((id) => store.message(id)?.sender_id === userId);
  return written ? store.message(written)?.sender_name : undefined;
}

/** A text with the names of people who are mentioned by id, for places that show it without marks. */
export function withNames(live: LiveCache, conversationId: string, text: string): string {
  return text.replace(/@\[([^\]]+)\]/g, (written, id: string) => {
    const name = nameIn(live, conversationId, id);
    return name ? `@${name}` : written;
  });
}

type Text = Pick<CachedMessage, "body" | "mentions" | "conversation_id">;

/** The text of a message, with its links and mentions. */
export function MessageText({ message }: { message: Text }) {
  return message.mentions?.length ? <WithMentions message={message} /> : <Linkified text={message.body ?? ""} />;
}

function WithMentions({ message: { body, mentions = [], conversation_id } }: { message: Text }): ReactNode {
  const live = useLive();
  // Names are known once the members are loaded.
  useCached(keys.members(conversation_id));
  const parts = textParts(body ?? "", mentions, live.me.user_id, (id) => nameIn(live, conversation_id, id));
  return parts.map((part, index) => {
    if (part.href) {
      return (
        // biome-ignore lint/suspicious/noArrayIndexKey: parts of one text have no other identity
        <a key={index} href={part.href} target="_blank" rel="noopener noreferrer nofollow">
          {part.text}
        </a>
      );
    }
    if (!part.mention) return part.text;
    return (
      // biome-ignore lint/suspicious/noArrayIndexKey: parts of one text have no other identity
      <span key={index} className={`mention${part.mention === "me" ? " mention-me" : ""}`}>
        {part.text}
      </span>
    );
  });
}
