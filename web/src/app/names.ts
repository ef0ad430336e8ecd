import type { Conversation } from "../client";
import { strings } from "./strings";

/** Display name of a conversation for the current user. */
export function titleOf(conversation: Conversation): string {
  if (conversation.type === "dm") {
    return conversation.peer?.name ?? strings.conversation.unknownPerson;
  }
  if (conversation.room_name) return conversation.room_name;
  const { name } = conversation.metadata;
  return typeof name === "string" && name !== "" ? name : strings.conversation.group;
}

export function kindOf(conversation: Conversation): string {
  if (conversation.type === "dm") return strings.conversation.direct;
  if (conversation.type === "group") return strings.conversation.group;
  return conversation.room_visibility === "private" ? strings.conversation.privateRoom : strings.conversation.room;
}
