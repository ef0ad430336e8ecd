/**
 * The native protocol, `campana.v1`: its generated types, and what a schema does not say. Times are RFC 3339 in UTC with
 * milliseconds, so they sort as text. Events have no `type`; frames have no `event`.
 */

import type {
  AlertPerson,
  Attachment,
  ConversationFrame,
  Durable,
  Ephemeral,
  Message,
  PanicAlert,
  RoomInviteEvent,
  RoomPage,
  ThreadMarker,
  AlertDraft as UnnamedAlertDraft,
} from "./generated/native";

export type * from "./generated/native";

/** The application's own JSON. */
export type Metadata = NonNullable<Message["metadata"]>;

/** A page of a list. `next_cursor` is `null` at the end. */
export type Page<T> = Omit<RoomPage, "data"> & { data: T[] };

/** A position in a conversation's log. Positions of another epoch cannot be compared. */
export interface Position {
  epoch: string;
  seq: number;
}

/** An alert to raise. This client always names it, so that a retry never raises a second one. */
export type AlertDraft = UnnamedAlertDraft & { id: string };

/** A blocked person, as the person who blocked them sees it. */
export interface Block {
  user_id: string;
  name: string;
  /** Address of a picture. */
  avatar: string | null;
  created_at: string;
}

/** The user's place in a thread. */
export interface ThreadPlace extends ThreadMarker {
  /** The first message of the thread. */
  id: string;
}

/** A text of a message that an edit replaced. */
export interface EarlierBody {
  body: string;
  /** From 1. */
  version: number;
  /** When it was sent, or edited to this text. */
  written_at: string;
}

/** What became of a scheduled message. */
export type ScheduledStatus = "pending" | "sent" | "failed" | "cancelled";

/** A scheduled message as its author sees it. */
export interface ScheduledMessage {
  id: string;
  conversation_id: string;
  /** When it is sent. */
  send_at: string;
  status: ScheduledStatus;
  /** `null` once it was sent or cancelled. */
  body: string | null;
  /** The message that it answers. */
  parent_id: string | null;
  /** Of a reply: whether it is shown in the conversation too. */
  also_in_channel: boolean;
  /** The message that it quotes. */
  quote_id: string | null;
  client_msg_id: string;
  /** The message, once it was sent. */
  message_id: string | null;
  /** Type of the problem for which it failed. */
  problem: string | null;
  created_at: string;
  /** When it was sent, failed or was cancelled. */
  ended_at: string | null;
}

export type ReportStatus = "open" | "resolved";

/** `mute` is for a day, `ban` until it is lifted; both are about the sender. */
export type ReportAction = "dismiss" | "delete" | "mute" | "ban";

/** A report of a message. It holds no copy of the message. */
export interface Report {
  id: string;
  conversation_id: string;
  /** `null` in a direct conversation or a group. */
  room_id: string | null;
  message_id: string;
  sender_id: string;
  reported_by: string;
  reason: string;
  /** The reporter's note, which may be empty. */
  note: string;
  status: ReportStatus;
  /** What resolved it; `null` while it is open. */
  action: ReportAction | null;
  resolved_by: string | null;
  resolution_note: string | null;
  created_at: string;
  resolved_at: string | null;
}

/** Why the server closes a socket. */
export const CloseCode = {
  invalidRequest: 4400,
  tokenExpired: 4401,
  forbidden: 4403,
  idle: 4408,
  frameTooLarge: 4413,
  flooding: 4429,
} as const;

export const SUBPROTOCOL = "campana.v1";
/** Longest body, characters (code points). */
export const MAX_BODY_CHARS = 4_000;
/** Most files of a message. */
export const MAX_ATTACHMENTS = 10;
/** Types of pictures, which browsers show. */
const PICTURES = ["image/jpeg", "image/png", "image/webp", "image/gif"];
/** Largest frame a client may send, bytes. */
export const MAX_FRAME_BYTES = 32 * 1024;
/** Alerts in one receipt at most. */
export const MAX_RECEIPTS = 100;

export function isEvent(frame: ConversationFrame): frame is Durable | Ephemeral {
  return "event" in frame;
}

export function isDurable(event: Durable | Ephemeral): event is Durable {
  return "seq" in event;
}

export function isInvite(event: Ephemeral): event is RoomInviteEvent {
  return event.event.startsWith("invite.");
}

/** Whether a reply is shown in its thread only. */
export function isThreadOnly({ thread_id, also_in_channel }: Pick<Message, "thread_id" | "also_in_channel">): boolean {
  return thread_id != null && !also_in_channel;
}

/** Whether a browser shows it as a picture. */
export function isPicture({ type }: Pick<Attachment, "type">): boolean {
  return PICTURES.includes(type);
}

/** Whether it counts as a message of the conversation: in unread counts, and as its last message. */
export function isCounted(message: Pick<Message, "thread_id" | "also_in_channel" | "type">): boolean {
  return !isThreadOnly(message) && message.type !== "system";
}

/** Whether a user wrote it. Nobody wrote a system message: its sender made the change that it reports. */
export function isWrittenBy(message: Pick<Message, "sender_id" | "type">, userId: string): boolean {
  return message.type !== "system" && message.sender_id === userId;
}

/** Mentions of a user in a message as the server counts them: one of the user, and one of everybody. */
export function mentionsOf({ mentions = [] }: Pick<Message, "mentions">, userId: string): number {
  const ofUser = mentions.some(({ type, user_id }) => type === "user" && user_id === userId);
  const ofAll = mentions.some(({ type }) => type !== "user");
  return Number(ofUser) + Number(ofAll);
}

/** Characters as the server counts them: code points, without white space at the ends. */
export function bodyLength(body: string): number {
  let count = 0;
  for (const _ of body.trim()) count += 1;
  return count;
}

/** Whether the alert still needs a guard. */
export function isOpen({ status }: Pick<PanicAlert, "status">): boolean {
  return status === "triggered" || status === "acknowledged" || status === "responding";
}

export function isSamePerson(one: AlertPerson | null, id: string): boolean {
  return one !== null && String(one.id) === id;
}
