import type { DraftPlace, Member, Message, MessageView, Person } from "../client";

/** The signed-in user. */
export interface Me extends Person {
  /** Administrator of the app, according to the token. */
  isAdmin?: boolean;
}

/** A cached message. `delivery` is set on the user's own messages until they are acknowledged. */
export interface CachedMessage extends Message, Partial<Omit<MessageView, keyof Message>> {
  delivery?: "pending" | "failed";
  /** Slug of the problem, if it failed. */
  failure?: string;
}

/** The newest known state of a draft. */
export interface CachedDraft {
  place: DraftPlace;
  /** `null` if there is none. */
  body: string | null;
  rev: number;
}

/** Loaded pages of notifications. */
export interface NotificationList {
  /** Newest first. */
  ids: string[];
  /** Cursor of the next page; `null` at the end. */
  older: string | null;
  isLoading: boolean;
  /** Whether the next page could not be loaded. */
  hasFailed: boolean;
}

/** A dialog that belongs to no conversation. */
export type Panel = "search" | "notifications" | "notification-settings" | "scheduled" | "saved" | "blocks" | "reports";

/** What the composer takes over of a scheduled message that the user edits. Its text is in the draft. */
export interface Restored {
  quoteId: string | null;
  alsoInChannel: boolean;
}

/** A message to scroll to; a new object for every jump. */
export interface Jump {
  messageId: string;
}

export interface History {
  /** For `before`; `null` at the beginning of the conversation. */
  olderCursor: string | null;
  loading: boolean;
  failed: boolean;
}

/** The last move of the user's read marker in this tab. */
export interface MarkerMove {
  /** Milliseconds since the epoch. */
  at: number;
  /** Whether the user has marked messages as unread. */
  isBack: boolean;
  /** Own messages up to here do not move the marker. */
  head: number;
}

/** The user has marked messages as unread, so seeing them does not mark them as read. */
export interface UnreadHold {
  /** Position before the first of them. */
  before: number;
}

export interface Presence {
  people: Person[];
  count: number;
}

export interface Typist extends Person {
  /** Expiry, milliseconds since the epoch. */
  until: number;
}

/** Read position (`seq`) by user id, without the user's own. */
export type Receipts = Record<string, number>;

/** The fields of a member that events keep live. */
export interface CachedMember extends Pick<Member, "user_id" | "name" | "role" | "muted_until"> {
  /** Time of the last event about them; empty if only fetched. */
  changed_at: string;
}

/** Why the user is no longer a member of a conversation. */
export interface Ending {
  how: "left" | "removed" | "banned";
  /** Empty if none was given. */
  reason: string;
  /** End of the ban; `null` if unknown or without end. */
  until: string | null;
}

/** Temporary id of a message until the server assigns one. */
export function pendingId(clientMsgId: string): string {
  return `pending:${clientMsgId}`;
}

/**
 * React key of a message, equal before and after the acknowledgement, so that the row is kept and does not flicker.
 */
export function messageKey(message: Message | undefined, id: string): string {
  return message?.client_msg_id ? `${message.sender_id}/${message.client_msg_id}` : id;
}
