import type { ReactNode } from "react";
import { type CachedMessage, keys, type LiveCache, useCached, useLive } from "../cache";
import { Formatted } from "./Formatted";
import { parseMarkdown, plainText } from "./markdown";
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

/** A text without marks and with the names of people who are mentioned by id, for places that show one line of it. */
export function withNames(live: LiveCache, conversationId: string, text: string): string {
  return plainText(parseMarkdown(text)).replace(/@\[([^\]]{1,128})\]/g, (written, id: string) => {
    const name = nameIn(live, conversationId, id);
    return name ? `@${name}` : written;
  });
}

type Text = Pick<CachedMessage, "body" | "mentions" | "conversation_id">;

/** The text of a message, with its marks, links and mentions. */
export function MessageText({ message }: { message: Text }) {
  return message.mentions?.length ? <WithMentions message={message} /> : <Formatted text={message.body ?? ""} />;
}

function WithMentions({ message: { body, mentions = [], conversation_id } }: { message: Text }): ReactNode {
  const live = useLive();
  // Names are known once the members are loaded.
  useCached(keys.members(conversation_id));
  const withMentions = (text: string) =>
    textParts(text, mentions, live.me.user_id, (id) => nameIn(live, conversation_id, id)).map((part, index) =>
      part.mention ? (
        // biome-ignore lint/suspicious/noArrayIndexKey: parts of one text have no other identity
        <span key={index} className={`mention${part.mention === "me" ? " mention-me" : ""}`}>
          {part.text}
        </span>
      ) : (
        part.text
      ),
    );
  return <Formatted text={body ?? ""} showText={withMentions} />;
}
