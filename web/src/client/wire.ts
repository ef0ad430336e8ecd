/**
 * What goes over the wire: resources, events and frames of `campana.v1`. Times are RFC 3339 in UTC with
 * milliseconds, so they sort as text. Events carry no `type`; frames carry no `event`.
 */

import type { AlertNews } from "./alertWire";

export type Role = "owner" | "moderator" | "member";
export type Visibility = "public" | "private";
export type ConversationType = "room" | "dm" | "group";
export type MessageType = "text" | "image" | "file" | "system";
export type Metadata = Record<string, unknown>;

export interface Person {
  user_id: string;
  name: string;
}

export interface Message {
  id: string;
  conversation_id: string;
  seq: number;
  sender_id: string;
  sender_name: string;
  type: MessageType;
  /** `null` once deleted. */
  body: string | null;
  metadata: Metadata | null;
  parent_id: string | null;
  client_msg_id: string | null;
  created_at: string;
  edited_at: string | null;
  deleted_at: string | null;
  updated_at: string | null;
}

export interface Conversation {
  id: string;
  type: ConversationType;
  room_id: string | null;
  room_name: string | null;
  room_visibility: Visibility | null;
  report_id: string | null;
  metadata: Metadata;
  created_by: string;
  member_count: number;
  last_message_at: string | null;
  last_message: Message | null;
  unread_count: number;
  last_seq: number;
  /** The viewer's; `null` if they are no member. */
  role: Role | null;
  last_read_seq: number;
  /** The other one of a direct conversation. */
  peer: (Person & { last_read_seq?: number }) | null;
  created_at: string;
  updated_at: string | null;
}

export interface Room {
  id: string;
  conversation_id: string;
  name: string;
  description: string;
  visibility: Visibility;
  is_general: boolean;
  created_by: string;
  member_count: number;
  role: Role | null;
  created_at: string;
  updated_at: string | null;
}

/** A member of a room, as whoever may see the room sees them. */
export interface Member extends Person {
  avatar: string | null;
  role: Role;
  joined_at: string;
  last_read_seq: number;
  /** Until when they may not write; `null` if they may. */
  muted_until: string | null;
}

/** Somebody who is kept out of a room. */
export interface Ban extends Person {
  /** `null` until it is lifted. */
  until: string | null;
  reason: string;
  imposed_by: string;
  imposed_at: string;
}

/** An invite to a room, as its moderators see it. */
export interface Invite {
  id: string;
  room_id: string;
  /** Whom it is for; `null` for whoever has the link. */
  user_id: string | null;
  user_name: string | null;
  role: Role;
  /** `null` for any number. */
  max_uses: number | null;
  uses: number;
  /** `null` for ever. */
  expires_at: string | null;
  created_by: string;
  created_at: string;
  accepted_at: string | null;
  declined_at: string | null;
  revoked_at: string | null;
}

/** The answer to whoever made it: the only one with the way in. */
export interface MadeInvite extends Invite {
  token?: string;
  url?: string;
}

export interface InviteDraft {
  /** Any number when absent. */
  max_uses?: number;
  /** A week when absent, for ever when `null`. */
  expires_at?: string | null;
  user_id?: string;
  role?: Role;
}

/** An invite as whoever may accept it sees it. */
export interface InviteCard {
  id: string;
  room: Pick<Room, "id" | "name" | "description" | "visibility" | "member_count">;
  invited_by: { user_id: string; name: string | null };
  role: Role;
  expires_at: string | null;
  created_at: string;
  is_member: boolean;
}

export interface User {
  id: string;
  name: string;
  avatar: string | null;
  is_online: boolean;
  last_seen_at: string | null;
}

/** A page of a list. `next_cursor` is `null` at the end. */
export interface Page<T> {
  data: T[];
  next_cursor: string | null;
}

/** A page of messages, newest first. The newest page says where the log stands. */
export interface MessagePage extends Page<Message> {
  prev_cursor?: string | null;
  head?: number;
  epoch?: string;
}

/** A place in a conversation's log. Positions of another epoch mean nothing. */
export interface Position {
  epoch: string;
  seq: number;
}

interface DurableEvent<Name extends string, Partial> {
  event: Name;
  conversation_id: string;
  seq: number;
  id: string;
  partial: Partial;
  origin_client_id?: string | null;
  at: string;
}

export type MessageCreated = DurableEvent<"message.created", Message>;
export type MessageUpdated = DurableEvent<"message.updated", Partial<Message>>;
export type MessageDeleted = DurableEvent<"message.deleted", Partial<Message>>;
export type MemberJoined = DurableEvent<"member.joined", Person & { role: Role; joined_at: string }>;
export type MemberGone = DurableEvent<"member.left" | "member.removed", { user_id: string; banned?: boolean }>;
/** Another role, or muted until then (`null`: no longer). */
export type MemberUpdated = DurableEvent<
  "member.updated",
  { user_id: string; role?: Role; muted_until?: string | null }
>;
export type ConversationUpdated = DurableEvent<
  "conversation.updated",
  { metadata?: Metadata; name?: string; description?: string; visibility?: Visibility }
>;

/** An event with a place in the conversation's order. */
export type Durable =
  | MessageCreated
  | MessageUpdated
  | MessageDeleted
  | MemberJoined
  | MemberGone
  | MemberUpdated
  | ConversationUpdated;

interface EphemeralEvent<Name extends string, Partial> {
  event: Name;
  conversation_id: string;
  partial: Partial;
  at: string;
  seq?: undefined;
}

/** Who is here, who types, who has read how far. */
export type Signal =
  | EphemeralEvent<"typing.started" | "typing.stopped", Person>
  | EphemeralEvent<"presence.joined" | "presence.left", Person>
  | EphemeralEvent<"message.read", Person & { seq: number }>;

/** An invite of the room as it stands, for its moderators. */
export type RoomInviteEvent = EphemeralEvent<"invite.created" | "invite.updated" | "invite.revoked", Invite>;

/** An event that is told and not kept. */
export type Ephemeral = Signal | RoomInviteEvent;

/** On a person's own channel: an invite for them, and what became of it on whatever device. */
export type OwnInviteEvent = { id: string } & (
  | EphemeralEvent<"invite.created", InviteCard>
  | EphemeralEvent<"invite.updated" | "invite.revoked", Pick<Invite, "accepted_at" | "declined_at" | "revoked_at">>
);

/** On a person's own channel: their membership somewhere changed. Only they are told why. */
export type OwnMembershipEvent = EphemeralEvent<
  "member.joined" | "member.updated" | "member.left" | "member.removed",
  {
    user_id: string;
    /** Of a room. */
    room_id?: string;
    role?: Role;
    muted_until?: string | null;
    banned?: boolean;
    /** End of a ban; `null` until it is lifted. */
    until?: string | null;
    reason?: string;
  }
>;

/** On a person's own channel: a conversation that this tab is not looking at changed. */
export interface InboxUpdated {
  event: "inbox.updated";
  conversation_id: string;
  id: string;
  partial: Partial<Pick<Conversation, "last_message" | "last_message_at" | "unread_count" | "last_seq">>;
  at: string;
}

export interface Welcome {
  type: "welcome";
  epoch: string;
  head: number;
  you: Person & { role: Role; last_read_seq: number };
  online: Person[];
  online_count: number;
  /** How often to ping; on a stream of events, the longest silence of the server. */
  keep_alive_ms: number;
}

export interface UserWelcome {
  type: "welcome";
  you: Person;
  /** How often to ping. */
  keep_alive_ms: number;
}

export interface Ack {
  type: "ack";
  client_msg_id: string;
  id: string;
  seq: number;
  created_at: string;
}

/** Where the log stands, after the server was away: whoever has less asks for the rest. */
export interface Head {
  type: "head";
  epoch: string;
  head: number;
}

export interface Reset {
  type: "reset";
  epoch: string;
  head: number;
}

/** A refusal on a socket. `error` is the problem's slug, since `type` names the frame. */
export interface ErrorFrame {
  type: "error";
  error: string;
  title: string;
  status: number;
  detail?: string;
  retry_after_ms?: number;
  /** End of the mute or the ban. */
  until?: string;
  client_msg_id?: string;
}

export type ConversationFrame = Welcome | Ack | Head | Reset | ErrorFrame | Durable | Ephemeral;
export type UserFrame = UserWelcome | ErrorFrame | InboxUpdated | OwnInviteEvent | OwnMembershipEvent | AlertNews;

export interface SendFrame {
  type: "send";
  client_msg_id: string;
  body: string;
  message_type?: MessageType;
  parent_id?: string;
  metadata?: Metadata;
}

export type ClientFrame =
  | SendFrame
  | { type: "edit"; id: string; body: string }
  | { type: "delete"; id: string }
  | { type: "typing"; on: boolean }
  | { type: "read"; seq: number }
  | { type: "resume"; epoch: string; seq: number };

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
/** Largest frame a client may send, bytes. */
export const MAX_FRAME_BYTES = 32 * 1024;

export function isEvent(frame: ConversationFrame): frame is Durable | Ephemeral {
  return "event" in frame;
}

export function isDurable(event: Durable | Ephemeral): event is Durable {
  return typeof event.seq === "number";
}

export function isInvite(event: Ephemeral): event is RoomInviteEvent {
  return event.event.startsWith("invite.");
}

/** Characters as the server counts them: code points, without white space at the ends. */
export function bodyLength(body: string): number {
  let count = 0;
  for (const _ of body.trim()) count += 1;
  return count;
}
