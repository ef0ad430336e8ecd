import { type CachedMessage, keys, type LiveCache } from "../../cache";
import { type Attachment, type Block, isPicture } from "../../client";

/** The pictures that a viewer leads through: those of the loaded list that shows the message, oldest first. */
export function picturesAround(store: LiveCache["store"], message: CachedMessage): Attachment[] {
  const blocked = new Set(store.get<Block[]>(keys.blocks)?.map(({ user_id }) => user_id));
  const { conversation_id, thread_id } = message;
  const lists = [
    store.messageIds(conversation_id),
    thread_id ? [thread_id, ...(store.get<string[]>(keys.replies(thread_id)) ?? [])] : undefined,
  ];
  const list = lists.find((ids) => ids?.includes(message.id)) ?? [];
  const shown = list.flatMap((id) => store.message(id) ?? []);
  const messages = shown.some(({ id }) => id === message.id) ? shown : [message];
  return messages
    .filter(({ id, sender_id }) => id === message.id || !blocked.has(sender_id))
    .flatMap(({ attachments = [] }) => attachments.filter((file) => isPicture(file) && file.status === "ready"));
}
