import { type CachedMessage, keys, useCached, useLive } from "../cache";
import { exactMoment } from "./format";
import { nameIn } from "./MessageText";
import { strings } from "./strings";

/** A system message: a line without an author, about a change of the conversation. */
export function SystemNote({ message }: { message: CachedMessage }) {
  const live = useLive();
  // Names are known once the members are loaded.
  useCached(keys.members(message.conversation_id));
  const nameOf = (userId: unknown) =>
    typeof userId === "string" ? nameIn(live, message.conversation_id, userId) : undefined;
  return (
    <p className="system-note" title={exactMoment(message.created_at)}>
      {wordsOf(message, nameOf)}
    </p>
  );
}

type Message = Pick<CachedMessage, "sender_name" | "metadata">;

/** What a system message says. A moderator may have deleted it, and a later server may report other changes. */
export function wordsOf(
  { sender_name: actor, metadata }: Message,
  nameOf: (userId: unknown) => string | undefined,
): string {
  const text = strings.system;
  if (!metadata) return strings.messages.deleted;
  const { kind, actor_id, user_id, name, visibility } = metadata;
  const person = nameOf(user_id) ?? (user_id === actor_id ? actor : strings.conversation.unknownPerson);
  switch (kind) {
    case "joined":
      return user_id === actor_id ? text.joined(person) : text.added(actor, person);
    case "left":
      return text.left(person);
    case "removed":
      return text.removed(actor, person);
    case "renamed":
      return text.renamed(actor, String(name));
    case "visibility":
      return visibility === "private" ? text.madePrivate(actor) : text.madePublic(actor);
    case "pinned":
      return text.pinned(actor);
    default:
      return text.changed(actor);
  }
}
