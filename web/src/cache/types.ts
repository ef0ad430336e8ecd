import type { Message, Person } from "../client";

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
