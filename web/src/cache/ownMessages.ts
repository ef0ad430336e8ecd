import type { Api, Message, Outgoing } from "../client";
import { keys } from "./keys";
import type { NewMessage } from "./messages";
import type { Store } from "./store";

/**
 * The message that a reply in a thread answers: the first one, or if that is deleted, the newest reply that is not, because the server
 * refuses an answer to a deleted message. `undefined` if there is none.
 */
export function answered(store: Store, threadId: string): string | undefined {
  const isPresent = (id: string) => {
    const message = store.message(id);
    return message !== undefined && !message.delivery && !message.deleted_at;
  };
  if (!store.message(threadId)?.deleted_at) return threadId;
  return store.get<string[]>(keys.replies(threadId))?.findLast(isPresent);
}

/** A message to send; `parentId` is the message that it answers. */
export function outgoing(
  client_msg_id: string,
  parentId: string | undefined,
  { body, alsoInChannel, quoteId, attachments = [] }: NewMessage,
): Outgoing {
  return {
    client_msg_id,
    body,
    ...(parentId && { parent_id: parentId }),
    ...(parentId && alsoInChannel && { also_in_channel: true }),
    ...(quoteId && { quote_id: quoteId }),
    ...(attachments.length > 0 && { attachments: attachments.map(({ id }) => id) }),
  };
}

/** Fetches the mentions in the user's own message: the server finds them, and an acknowledgement does not carry them. */
export async function findMentions(api: Api, store: Store, message: Message): Promise<void> {
  if (!message.body?.includes("@")) return;
  const known = await api.message(message);
  const isSame = (shown: Message | null | undefined): shown is Message =>
    shown?.id === known.id && !shown.deleted_at && shown.version === known.version;
  const { mentions = [] } = known;
  const shown = store.message(known.id);
  if (isSame(shown)) store.set(keys.message(known.id), { ...shown, mentions });
  const last = store.conversation(known.conversation_id)?.last_message;
  if (isSame(last)) store.patchConversation(known.conversation_id, { last_message: { ...last, mentions } });
}
