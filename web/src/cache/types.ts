import type { Member, Message, Person } from "../client";

/** Who is signed in. */
export interface Me extends Person {
  /** Administrator of the app, by the token. */
  isAdmin?: boolean;
}

/** A message as it is cached: one's own, not acknowledged yet, says how it stands. */
export interface CachedMessage extends Message {
  delivery?: "pending" | "failed";
  /** Why it failed: a problem's slug. */
  failure?: string;
}

export interface History {
  /** For `before`; `null` at the beginning of the conversation. */
  olderCursor: string | null;
  loading: boolean;
  failed: boolean;
}

export interface Presence {
  people: Person[];
  count: number;
}

export interface Typist extends Person {
  /** When it stops to count, milliseconds. */
  until: number;
}

/** Up to which position each of the others has read. */
export type Receipts = Record<string, number>;

/** Of a member what is kept live. */
export interface CachedMember extends Pick<Member, "user_id" | "name" | "role" | "muted_until"> {
  /** Of the last event about them; empty as fetched. */
  changed_at: string;
}

/** Why one is no longer in a conversation. */
export interface Ending {
  how: "left" | "removed" | "banned";
  /** Empty if none was given. */
  reason: string;
  /** Until when one may not come back; `null` if nobody has said. */
  until: string | null;
}

/** The id of a message that the server has not given one yet. */
export function pendingId(clientMsgId: string): string {
  return `pending:${clientMsgId}`;
}

/**
 * The same before and after the server has answered, so that a list keeps the row and nothing flickers.
 */
export function messageKey(message: Message | undefined, id: string): string {
  return message?.client_msg_id ? `${message.sender_id}/${message.client_msg_id}` : id;
}
