/**
 * Resources, frames and events of the native protocol, made from the Rust types by scripts/generate: do not edit.
 * The schema in between is schema/api/native.json.
 */

/** The way by which an alert reached a person. */
export type AlertVia = "socket" | "channel" | "push" | "http";
/** Names of events about alerts, as on every transport. */
export type AlertEventName = "panic-alert.triggered" | "panic-alert.updated";
/** Status of an alert. */
export type AlertStatus = "triggered" | "acknowledged" | "responding" | "resolved" | "cancelled" | "false_alarm";
/** State of a file. */
export type FileStatus = "ready" | "scanning" | "refused";
/** Which of the smaller forms of a picture. */
export type FileVariantName = "thumb" | "preview";
/** A member's role in a conversation. */
export type Role = "member" | "moderator" | "owner";
/** Client to server. */
export type ClientFrame =
  | SendFrame
  | EditFrame
  | DeleteFrame
  | ReactFrame
  | UnreactFrame
  | PinFrame
  | UnpinFrame
  | TypingFrame
  | ReadFrame
  | ResumeFrame
  | PongFrame;
/** Kind of a message. */
export type MessageType = "text" | "image" | "file" | "system";
/** Kind of a mention. */
export type MentionType = "user" | "here" | "room";
/** Messages that a member is notified of. */
export type Notify = "all" | "mentions" | "none";
/** Who can find and join a room. */
export type Visibility = "public" | "private";
/** Kind of a conversation. */
export type ConversationType = "room" | "dm" | "group";
/** Who may write in a room. */
export type Posting = "all" | "moderators";
/** Every frame that the server sends on a conversation's socket or event stream. */
export type ConversationFrame = ServerFrame | ErrorFrame | Durable | Ephemeral;
/** Server to client, apart from events. */
export type ServerFrame = Welcome | Ack | Head | Reset;
/** An event with a position in the conversation's order. */
export type Durable =
  | MessageCreated
  | MessageUpdated
  | MessageDeleted
  | ReactionChanged
  | PinChanged
  | ThreadUpdated
  | MemberJoined
  | MemberGone
  | MemberUpdated
  | ConversationUpdated;
/** An emoji of a reaction. */
export type Emoji = string;
/** An event without a position: it is not in the log. */
export type Ephemeral = Signal | RoomInviteEvent;
/** Presence, typing and read markers. */
export type Signal = TypingStarted | TypingStopped | PresenceEvent | MessageRead;
/** Dashboard to desk. */
export type DashboardFrame = ReceiptFrame | AlertResumeFrame | AlertPongFrame;
/** Receipt of an alert. */
export type ReceiptState = "delivered" | "seen";
/** Every frame that the desk sends to a dashboard. */
export type DeskFrame = DeskServerFrame | ErrorFrame | AlertNews;
/** Desk to dashboard, apart from events. */
export type DeskServerFrame = AlertWelcome | AlertsFrame | AlertResumed | AlertReset;
/** Who sees whether a person is online, and when they last were. */
export type PresenceSetting = "visible" | "hidden";
/** Whether a person shows what they have read, and sees what others have. */
export type ReceiptsSetting = "public" | "private";
/** On a user's own channel: an invite for them, or its end. */
export type OwnInviteEvent = OwnInviteCreated | OwnInviteEnded;
/** What was found. */
export type SearchHit = MessageHit | PersonHit | RoomHit;
/** Every frame that the server sends on a user's own channel. */
export type UserFrame =
  | UserWelcome
  | RevFrame
  | ErrorFrame
  | InboxUpdated
  | PreferencesUpdated
  | DraftUpdated
  | SavedUpdated
  | ThreadRead
  | NotificationCreated
  | NotificationRead
  | FileUpdated
  | ScheduledSent
  | ScheduledFailed
  | OwnInviteEvent
  | OwnMembershipEvent
  | OwnAlertNews;

/** An apartment, as the application names it. */
export interface AlertApartment {
  /** Its address. */
  address: string | null;
  /** The application's id for it. */
  id: (string | number) | null;
}
/** Why the owner cancels the alert, and their PIN. */
export interface AlertCancellation {
  pin?: string | null;
  reason?: string | null;
}
/** Why an alert is closed. */
export interface AlertCause {
  note?: string | null;
  reason?: string | null;
}
/** Delivery progress of an alert for one user and channel (`via`). Each time is the first of its kind. */
export interface AlertDelivery {
  acknowledged_at: string | null;
  delivered_at: string | null;
  /** The user's current name; `null` if only their id is known. */
  name: string | null;
  seen_at: string | null;
  sent_at: string | null;
  /** A person, as the application names them (`sub` of the token). */
  user_id: string;
  via: AlertVia;
}
/** A page of a list. `next_cursor` is `null` at the end. */
export interface AlertDeliveryPage {
  data: AlertDelivery[];
  next_cursor: string | null;
}
/** An alert to raise. The server ignores a value that it cannot use, and names it in the timeline. */
export interface AlertDraft {
  /** The owner's apartment. */
  apartment?: DraftApartment | null;
  /** Whether it is a drill. */
  drill?: boolean | null;
  /** The client's id for it, which makes a retry idempotent; the server creates one if it is absent. */
  id?: (string | number) | null;
  /** The owner's place. */
  location?: Spot | null;
  /** A note, at most 1,000 characters. */
  note?: string | null;
}
/** An apartment of an alert to raise. */
export interface DraftApartment {
  /** Its address, at most 500 characters. */
  address?: string | null;
  /** The application's id for it. */
  id?: (string | number) | null;
}
/** A place as it comes from outside. */
export interface Spot {
  /** Accuracy in metres. */
  accuracy?: number | null;
  /** When the device was there: now if absent or in the future. */
  at?: string | null;
  /** Latitude in degrees. */
  lat: number;
  /** Longitude in degrees. */
  lng: number;
  /** Where it comes from: `gps`, `network`, `manual`; at most 32 characters. */
  source?: string | null;
  /** Description, at most 500 characters. */
  string?: string | null;
}
/** An event about an alert on native sockets. */
export interface AlertNews {
  /** When. */
  at: string;
  /** What happened. */
  event: AlertEventName;
  /** Which alert. */
  id: string;
  /** The alert's current state, as `Alert::payload` builds it. */
  partial: PanicAlert;
  /** Its position in the order of the desk's events; absent on a person's own socket. */
  seq?: number;
}
/** The current state of an alert: payload of every event about it, and of every answer. */
export interface PanicAlert {
  /** When a guard took it. */
  acknowledged_at: string | null;
  /** The guard who took it. */
  acknowledged_by: AlertPerson | null;
  /** Its id, in the application's form. */
  alert_id: string | number;
  /** The owner's apartment. */
  apartment: AlertApartment;
  /** When it was closed. */
  closed_at: string | null;
  /** Who closed it. */
  closed_by: AlertPerson | null;
  /** When it was raised. */
  created_at: string;
  /** Whether it is a drill. */
  drill: boolean;
  /** Only for guards: whether the owner was forced to cancel it. */
  duress?: boolean;
  /** Number of escalation steps so far. */
  escalation_level: number;
  /** Its id as a string. */
  id: string;
  /** The owner's last known place. */
  location: AlertPlace;
  /** The owner's note. */
  note: string | null;
  /** How often the button was pressed. */
  presses: number;
  /** Why it was closed. */
  reason: string | null;
  /** When it was resolved; `null` if it was closed otherwise. */
  resolved_at: string | null;
  /** Since when a guard is on the way. */
  responding_at: string | null;
  /** Its status. */
  status: AlertStatus;
  /** Its age in the app's language. */
  time_ago: string;
  /** When it was raised; the same as `created_at`. */
  timestamp: string;
  /** When it last changed. */
  updated_at: string;
  /** The owner: who raised it. */
  user: AlertPerson;
  /** Only for guards: number of wrong PINs. */
  wrong_pins?: number;
}
/** A person, as alerts name them. */
export interface AlertPerson {
  /** Their id. */
  id: string | number;
  /** Their name at that time. */
  name: string;
}
/** The owner's place. Every field is `null` if it is unknown. */
export interface AlertPlace {
  /** Accuracy in metres. */
  accuracy: number | null;
  /** When the owner was there. */
  at: string | null;
  /** Latitude in degrees. */
  lat: number | null;
  /** Longitude in degrees. */
  lng: number | null;
  /** Where it comes from: `gps`, `network`, `manual`. */
  source: string | null;
  /** Description. */
  string: string | null;
}
/** PINs to set. */
export interface AlertPins {
  /** PIN that cancels an alert. */
  cancel_pin: string;
  /** The current cancel PIN; required if one is set. */
  current_pin?: string | null;
  /** PIN that pretends to cancel an alert, and reports duress to the guards. */
  duress_pin?: string | null;
}
/** Whether the caller has PINs. The PINs themselves are never returned. */
export interface AlertPinsState {
  are_set: boolean;
}
/** A file as messages and answers show it. */
export interface Attachment {
  /** When it was uploaded. */
  created_at: string;
  /** Duration of audio or video, milliseconds, if known. */
  duration_ms: number | null;
  /** Height of a picture or a video as it is seen, pixels, if known. */
  height: number | null;
  /** `UUIDv7`. */
  id: string;
  /** Its name, without folders and control characters. */
  name: string;
  /** SHA-256 of the stored bytes, in hexadecimal. */
  sha256: string;
  /** Size, bytes. */
  size: number;
  /** Its state. */
  status: FileStatus;
  /** A blurred form of a picture (`ThumbHash`, base64), if there is one. */
  thumbhash: string | null;
  /** Its media type, found by its content. */
  type: string;
  /** Path of its address, which asks for the identity of the reader. */
  url: string;
  /** Smaller forms of a picture. */
  variants: FileVariant[];
  /** Width of a picture or a video as it is seen, pixels, if known. */
  width: number | null;
}
/** A smaller form of a picture: upright, without metadata, never larger than the picture. */
export interface FileVariant {
  /** Height, pixels. */
  height: number;
  /** Which one; also its name in the query of the address. */
  name: FileVariantName;
  /** Size, bytes. */
  size: number;
  /** Its media type: JPEG, or PNG for a picture with transparency. */
  type: string;
  /** Path of its address. */
  url: string;
  /** Width, pixels. */
  width: number;
}
/** A ban as moderators see it. */
export interface Ban {
  /** When it was imposed. */
  imposed_at: string;
  /** Who imposed it. */
  imposed_by: string;
  /** Display name. */
  name: string;
  /** The reason. */
  reason: string;
  /** When it ends; `null` until it is lifted. */
  until: string | null;
  /** The banned person. */
  user_id: string;
}
/** A page of a list. `next_cursor` is `null` at the end. */
export interface BanPage {
  data: Ban[];
  next_cursor: string | null;
}
/** A change of a member: one of the optional fields is present. */
export interface ChangedMember {
  /** End of their mute; `null` if they may write again. */
  muted_until?: string | null;
  /** Their new role. */
  role?: Role;
  /** The member. */
  user_id: string;
}
/** The choice in force for a kind. */
export interface ChoiceInForce {
  /** Whether it is on the list of notifications. */
  inbox: boolean;
  /** Whether it is pushed to devices too. */
  push: boolean;
}
/** Sends a message. The answer is `ack`. */
export interface SendFrame {
  /** Whether a reply is shown in the conversation too. */
  also_in_channel?: boolean;
  /** Ids of the sender's own files. */
  attachments?: string[];
  /** The text; it may be absent if there are attachments. */
  body?: string;
  /** The client's id for it: a repeat returns the first result. */
  client_msg_id: string;
  /** Text when absent; with attachments `image` if all are pictures, else `file`. */
  message_type?: MessageType;
  /** Free JSON. */
  metadata?: {
    [k: string]: unknown;
  } | null;
  /** The message this one answers. */
  parent_id?: string | null;
  /** The message this one quotes. */
  quote_id?: string | null;
  type: "send";
}
/** Changes the body of one's own message. */
export interface EditFrame {
  /** The new text. */
  body: string;
  /** The message. */
  id: string;
  type: "edit";
  /** Version that the message must have. */
  version?: number | null;
}
/** Deletes a message. */
export interface DeleteFrame {
  /** The message. */
  id: string;
  type: "delete";
}
/** Reacts to a message. */
export interface ReactFrame {
  /** An emoji, or `:name:` of one that the app has added. */
  emoji: string;
  /** The message. */
  id: string;
  type: "react";
}
/** Takes a reaction back. */
export interface UnreactFrame {
  /** The emoji. */
  emoji: string;
  /** The message. */
  id: string;
  type: "unreact";
}
/** Pins a message. */
export interface PinFrame {
  /** The message. */
  id: string;
  type: "pin";
}
/** Unpins a message. */
export interface UnpinFrame {
  /** The message. */
  id: string;
  type: "unpin";
}
/** Signals that the user types, or stopped. */
export interface TypingFrame {
  /** Whether the user types. */
  on: boolean;
  type: "typing";
}
/** Moves the read marker forward. */
export interface ReadFrame {
  /** The last position that was read. */
  seq: number;
  type: "read";
}
/** Asks for a replay of the events after a position. */
export interface ResumeFrame {
  /** The log's epoch that the position belongs to. */
  epoch: string;
  /** The last position the client has. */
  seq: number;
  type: "resume";
}
/** Answers the server's `ping`. */
export interface PongFrame {
  type: "pong";
}
/** A conversation as one person sees it. */
export interface Conversation {
  /** When it was created. */
  created_at: string;
  /** Who created it. */
  created_by: string;
  /** Its id. */
  id: string;
  /** The newest message; for members only. */
  last_message: LastMessage | null;
  /** When the newest message was sent. */
  last_message_at: string | null;
  /** The last position the viewer has read. */
  last_read_seq: number;
  /** The last position of the conversation's log that the record has. */
  last_seq: number;
  /** Number of members. */
  member_count: number;
  /** Mentions of the viewer in these messages, apart from those by people that the viewer has blocked. */
  mention_count: number;
  /** The application's own JSON. */
  metadata: {
    [k: string]: unknown;
  };
  /** The other person of a direct conversation. */
  peer: Person | null;
  /** What the viewer wants of it; `null` if they are no member. */
  preferences: Preferences | null;
  /** The application's id of the report it is about. */
  report_id: string | null;
  /** The viewer's role; `null` if they are no member. */
  role: Role | null;
  /** Its room, if it is a room's. */
  room_id: string | null;
  /** Its room's name. */
  room_name: string | null;
  /** Its room's visibility. */
  room_visibility: Visibility | null;
  /** Its kind. */
  type: ConversationType;
  /**
   * Messages after the viewer's read marker that are not deleted; 0 if the viewer is no member. Replies that are shown in
   * their thread only and system messages do not count.
   */
  unread_count: number;
  /** When it last changed, apart from messages. */
  updated_at: string | null;
}
/** The newest message of a conversation, as one person sees it. */
export interface LastMessage {
  /** Whether a reply is shown in the conversation too, not only in its thread. */
  also_in_channel?: boolean;
  /** Its files, as they were when it was sent; none once it is deleted. */
  attachments?: Attachment[];
  /** The text; `null` once deleted. */
  body: string | null;
  /** The client's id for it: idempotency key of the send. */
  client_msg_id: string | null;
  /** The conversation it belongs to. */
  conversation_id: string;
  /** When it was committed. */
  created_at: string;
  /** When it was deleted. */
  deleted_at: string | null;
  /** When the body was last changed. */
  edited_at: string | null;
  /** Whether the viewer has blocked its sender; absent if not. */
  from_blocked?: boolean;
  /** `UUIDv7`. */
  id: string;
  /** Who is mentioned in the text, in the order of the text. */
  mentions?: Mention[];
  /** Free JSON of the application. */
  metadata: {
    [k: string]: unknown;
  } | null;
  /** The message this one answers. */
  parent_id: string | null;
  /** The message that this one quotes. */
  quote_id?: string | null;
  /** The sender. */
  sender_id: string;
  /** The sender's name when the message was sent. */
  sender_name: string;
  /** Its position in the conversation's order. */
  seq: number;
  /**
   * First message of the thread that this one is a reply in. `null` in replies that an earlier release stored, which are
   * in no thread.
   */
  thread_id?: string | null;
  /** Text, image, file or system. */
  type: MessageType;
  /** When anything about it last changed. */
  updated_at: string | null;
  /**
   * Number of the body's version: 1 when sent, one more after each edit. Absent, which means 1, in events that an
   * earlier release stored.
   */
  version?: number;
}
/** A mention in a message's text. */
export interface Mention {
  /** Kind of the mention. */
  type: MentionType;
  /** The member, for the type `user`. */
  user_id: string | null;
}
/** A person, as others see them. */
export interface Person {
  /** Their display name. */
  name: string;
  /** Their id. */
  user_id: string;
}
/** A member's preferences of a conversation. */
export interface Preferences {
  /** Whether it is archived. A new message of another person unarchives it, unless notifications are muted. */
  archived: boolean;
  /** Whether it is one of their favorites. */
  favorite: boolean;
  /** No notifications until then; `null`, or a time that has passed: they are not muted. */
  notifications_muted_until: string | null;
  /** Messages to be notified of. */
  notify: Notify;
}
/** Changed fields of a conversation or its room. */
export interface ConversationChange {
  /** The room's description. */
  description?: string;
  /** The application's own JSON. */
  metadata?: {
    [k: string]: unknown;
  };
  /** The room's name. */
  name?: string;
  /** Who may write in the room. */
  post?: Posting;
  /** Seconds between two messages of a member who does not moderate the room. */
  slow_mode_s?: number;
  /** The room's visibility. */
  visibility?: Visibility;
}
/** The first frame of a conversation's socket or event stream. */
export interface Welcome {
  /** The log's epoch: positions of another epoch cannot be compared. */
  epoch: string;
  /** The newest position. */
  head: number;
  /** Ping interval in milliseconds; on an event stream, the server's longest silence. */
  keep_alive_ms: number;
  /** People who are connected here, at most 100. */
  online: Person[];
  /** Number of people who are connected here. */
  online_count: number;
  type: "welcome";
  /** The user's own membership. */
  you: You;
}
/** The user's own membership of a conversation. */
export interface You {
  /** The last position they have read. */
  last_read_seq: number;
  /** Their name. */
  name: string;
  /** Their role here. */
  role: Role;
  /** Their id. */
  user_id: string;
}
/** The message is durable. */
export interface Ack {
  /** The client's id for it. */
  client_msg_id: string;
  /** When it was committed. */
  created_at: string;
  /** The message's id. */
  id: string;
  /** Its position. */
  seq: number;
  type: "ack";
}
/** The log's newest position after the object restarted: a client that is behind sends `resume`. */
export interface Head {
  /** The log's epoch. */
  epoch: string;
  /** The newest position. */
  head: number;
  type: "head";
}
/** No replay is possible: the gap is too old or too long, or of another epoch. The client reloads and continues from here. */
export interface Reset {
  /** The log's epoch. */
  epoch: string;
  /** The newest position. */
  head: number;
  type: "reset";
}
/** A refusal on a socket: the problem document of HTTP, whose slug is in `error` because `type` names the frame. */
export interface ErrorFrame {
  /** The `send` that is refused. */
  client_msg_id?: string;
  /** One sentence for developers. */
  detail: string;
  /** The problem's slug. */
  error: string;
  /** The invalid fields. */
  errors: FieldError[];
  /** When a retry can succeed, milliseconds from now. */
  retry_after_ms?: number;
  /** The HTTP status of the same refusal. */
  status: number;
  /** The problem's title. */
  title: string;
  /** Names the frame. */
  type: "error";
  /** End of the mute or the ban. */
  until?: string;
}
/** One wrong field. */
export interface FieldError {
  /** What is wrong with it. */
  detail: string;
  /** The field, dotted for nested ones. */
  field: string;
}
/** A message was sent. */
export interface MessageCreated {
  /** When it happened. */
  at: string;
  /** The conversation. */
  conversation_id: string;
  /** What happened. */
  event: "message.created";
  /** Id of what changed. */
  id: string;
  /** The tab that caused it, which ignores the echo. */
  origin_client_id?: string;
  /** The changed fields with their new values. */
  partial: Message;
  /** Its position in the conversation's order. */
  seq: number;
}
/** A message as every transport shows it. */
export interface Message {
  /** Whether a reply is shown in the conversation too, not only in its thread. */
  also_in_channel?: boolean;
  /** Its files, as they were when it was sent; none once it is deleted. */
  attachments?: Attachment[];
  /** The text; `null` once deleted. */
  body: string | null;
  /** The client's id for it: idempotency key of the send. */
  client_msg_id: string | null;
  /** The conversation it belongs to. */
  conversation_id: string;
  /** When it was committed. */
  created_at: string;
  /** When it was deleted. */
  deleted_at: string | null;
  /** When the body was last changed. */
  edited_at: string | null;
  /** `UUIDv7`. */
  id: string;
  /** Who is mentioned in the text, in the order of the text. */
  mentions?: Mention[];
  /** Free JSON of the application. */
  metadata: {
    [k: string]: unknown;
  } | null;
  /** The message this one answers. */
  parent_id: string | null;
  /** The message that this one quotes. */
  quote_id?: string | null;
  /** The sender. */
  sender_id: string;
  /** The sender's name when the message was sent. */
  sender_name: string;
  /** Its position in the conversation's order. */
  seq: number;
  /**
   * First message of the thread that this one is a reply in. `null` in replies that an earlier release stored, which are
   * in no thread.
   */
  thread_id?: string | null;
  /** Text, image, file or system. */
  type: MessageType;
  /** When anything about it last changed. */
  updated_at: string | null;
  /**
   * Number of the body's version: 1 when sent, one more after each edit. Absent, which means 1, in events that an
   * earlier release stored.
   */
  version?: number;
}
/** A message's body changed. */
export interface MessageUpdated {
  /** When it happened. */
  at: string;
  /** The conversation. */
  conversation_id: string;
  /** What happened. */
  event: "message.updated";
  /** Id of what changed. */
  id: string;
  /** The tab that caused it, which ignores the echo. */
  origin_client_id?: string;
  /** The changed fields with their new values. */
  partial: MessageEdit;
  /** Its position in the conversation's order. */
  seq: number;
}
/** An edit of a message, the previews of its links, or the status of its files. */
export interface MessageEdit {
  /** Its files, if the status of one changed. */
  attachments?: Attachment[];
  /** The text now; `null` if the message was deleted later. */
  body: string | null;
  /**
   * When it was edited; `null` if it was not: then it has previews of its links now, a file was scanned, or
   * its sender was erased.
   */
  edited_at: string | null;
  /** Who is mentioned in the new text; absent in events that an earlier release stored. */
  mentions?: Mention[];
  /** The metadata with `link_previews`, if those changed. */
  metadata?: {
    [k: string]: unknown;
  } | null;
  /** The sender's name, if they were erased: their id. */
  sender_name?: string;
  /** When the message last changed. */
  updated_at: string;
  /** Number of the body's version; absent in events that an earlier release stored. */
  version?: number;
}
/** A message was deleted. */
export interface MessageDeleted {
  /** When it happened. */
  at: string;
  /** The conversation. */
  conversation_id: string;
  /** What happened. */
  event: "message.deleted";
  /** Id of what changed. */
  id: string;
  /** The tab that caused it, which ignores the echo. */
  origin_client_id?: string;
  /** The changed fields with their new values. */
  partial: MessageDeletion;
  /** Its position in the conversation's order. */
  seq: number;
}
/** A deletion of a message. */
export interface MessageDeletion {
  /**
   * The files are gone: an empty list.
   *
   * @maxItems 0
   */
  attachments?: [];
  /** The text is gone. */
  body: null;
  /** When it was deleted. */
  deleted_at: string;
  /**
   * Nobody is mentioned any more: an empty list. Absent in events that an earlier release stored, as the next four fields.
   *
   * @maxItems 0
   */
  mentions?: [];
  /** The metadata is gone. */
  metadata: null;
  /** It is not pinned. */
  pinned_at?: null;
  /** It is not pinned. */
  pinned_by?: null;
  /**
   * The reactions are gone: an empty list.
   *
   * @maxItems 0
   */
  reactions?: [];
  /** The sender's name, if they were erased: their id. */
  sender_name?: string;
  /** When the message last changed. */
  updated_at: string;
}
/** A person reacted to a message, or took a reaction back. */
export interface ReactionChanged {
  /** When it happened. */
  at: string;
  /** The conversation. */
  conversation_id: string;
  /** What happened. */
  event: "reaction.added" | "reaction.removed";
  /** Id of what changed. */
  id: string;
  /** The tab that caused it, which ignores the echo. */
  origin_client_id?: string;
  /** The changed fields with their new values. */
  partial: ReactionChange;
  /** Its position in the conversation's order. */
  seq: number;
}
/** A reaction that was added or removed. */
export interface ReactionChange {
  /** Number of people who react with this emoji now; at 0 it is no longer on the message. */
  count: number;
  /** The emoji. */
  emoji: Emoji;
  /** The message. */
  message_id: string;
  /** The person. */
  user_id: string;
}
/** A message was pinned, or is no longer pinned. */
export interface PinChanged {
  /** When it happened. */
  at: string;
  /** The conversation. */
  conversation_id: string;
  /** What happened. */
  event: "message.pinned" | "message.unpinned";
  /** Id of what changed. */
  id: string;
  /** The tab that caused it, which ignores the echo. */
  origin_client_id?: string;
  /** The changed fields with their new values. */
  partial: PinChange;
  /** Its position in the conversation's order. */
  seq: number;
}
/** The pin of a message. */
export interface PinChange {
  /** When it was pinned; `null` if it is not. */
  pinned_at: string | null;
  /** The user who pinned it. */
  pinned_by: string | null;
}
/** The number of replies to a message changed. */
export interface ThreadUpdated {
  /** When it happened. */
  at: string;
  /** The conversation. */
  conversation_id: string;
  /** What happened. */
  event: "thread.updated";
  /** Id of what changed. */
  id: string;
  /** The tab that caused it, which ignores the echo. */
  origin_client_id?: string;
  /** The changed fields with their new values. */
  partial: ThreadChange;
  /** Its position in the conversation's order. */
  seq: number;
}
/** The replies to a message. */
export interface ThreadChange {
  /** When the newest reply was sent; `null` without replies. A deletion of some replies does not change it. */
  last_reply_at: string | null;
  /** The first message of the thread. */
  message_id: string;
  /** Number of replies that are not deleted. */
  reply_count: number;
}
/** A person became a member. */
export interface MemberJoined {
  /** When it happened. */
  at: string;
  /** The conversation. */
  conversation_id: string;
  /** What happened. */
  event: "member.joined";
  /** Id of what changed. */
  id: string;
  /** The tab that caused it, which ignores the echo. */
  origin_client_id?: string;
  /** The changed fields with their new values. */
  partial: NewMember;
  /** Its position in the conversation's order. */
  seq: number;
}
/** A new member. */
export interface NewMember {
  /** Since when they are a member. */
  joined_at: string;
  /** Their display name. */
  name: string;
  /** Their role. */
  role: Role;
  /** The person. */
  user_id: string;
}
/** A member left or was removed. */
export interface MemberGone {
  /** When it happened. */
  at: string;
  /** The conversation. */
  conversation_id: string;
  /** What happened. */
  event: "member.left" | "member.removed";
  /** Id of what changed. */
  id: string;
  /** The tab that caused it, which ignores the echo. */
  origin_client_id?: string;
  /** The changed fields with their new values. */
  partial: FormerMember;
  /** Its position in the conversation's order. */
  seq: number;
}
/** A person who is no member any more. */
export interface FormerMember {
  /** Whether they were banned; absent otherwise. */
  banned?: boolean;
  /** The person. */
  user_id: string;
}
/** A member has another role, is muted, or may write again. */
export interface MemberUpdated {
  /** When it happened. */
  at: string;
  /** The conversation. */
  conversation_id: string;
  /** What happened. */
  event: "member.updated";
  /** Id of what changed. */
  id: string;
  /** The tab that caused it, which ignores the echo. */
  origin_client_id?: string;
  /** The changed fields with their new values. */
  partial: ChangedMember;
  /** Its position in the conversation's order. */
  seq: number;
}
/**
 * The conversation's metadata or its room's fields changed. An event without changed fields replaces one that cannot be
 * read from the log any more, and has no `id`.
 */
export interface ConversationUpdated {
  /** When it happened. */
  at: string;
  /** The conversation. */
  conversation_id: string;
  /** What happened. */
  event: "conversation.updated";
  /** The conversation. */
  id?: string;
  /** The tab that caused it, which ignores the echo. */
  origin_client_id?: string;
  /** The changed fields with their new values. */
  partial: ConversationChange;
  /** Its position in the conversation's order. */
  seq: number;
}
/** A member types. It ends with `typing.stopped`, or `expires_in_ms` after the last `typing.started`. */
export interface TypingStarted {
  /** When it happened. */
  at: string;
  /** The conversation. */
  conversation_id: string;
  /** What happened. */
  event: "typing.started";
  /** Id of what changed. */
  id: string;
  /** The tab that caused it, which ignores the echo. */
  origin_client_id?: string;
  /** The changed fields with their new values. */
  partial: Typist;
}
/** A person who types. */
export interface Typist {
  /** Milliseconds after which clients stop showing it, unless it is renewed; always 6000. */
  expires_in_ms: number;
  /** Their display name. */
  name: string;
  /** The person. */
  user_id: string;
}
/** A member stopped typing. */
export interface TypingStopped {
  /** When it happened. */
  at: string;
  /** The conversation. */
  conversation_id: string;
  /** What happened. */
  event: "typing.stopped";
  /** Id of what changed. */
  id: string;
  /** The tab that caused it, which ignores the echo. */
  origin_client_id?: string;
  /** The changed fields with their new values. */
  partial: Person;
}
/** A person's first socket opened, or their last one closed. */
export interface PresenceEvent {
  /** When it happened. */
  at: string;
  /** The conversation. */
  conversation_id: string;
  /** What happened. */
  event: "presence.joined" | "presence.left";
  /** Id of what changed. */
  id: string;
  /** The tab that caused it, which ignores the echo. */
  origin_client_id?: string;
  /** The changed fields with their new values. */
  partial: Person;
}
/** A read marker moved. */
export interface MessageRead {
  /** When it happened. */
  at: string;
  /** The conversation. */
  conversation_id: string;
  /** What happened. */
  event: "message.read";
  /** Id of what changed. */
  id: string;
  /** The tab that caused it, which ignores the echo. */
  origin_client_id?: string;
  /** The changed fields with their new values. */
  partial: ReadMarker;
}
/** A person's read marker. */
export interface ReadMarker {
  /** Their display name. */
  name: string;
  /** The last position they have read. */
  seq: number;
  /** The person. */
  user_id: string;
}
/** An invite of the room changed; for the room's moderators. */
export interface RoomInviteEvent {
  /** When it happened. */
  at: string;
  /** The conversation. */
  conversation_id: string;
  /** What happened. */
  event: "invite.created" | "invite.updated" | "invite.revoked";
  /** Id of what changed. */
  id: string;
  /** The tab that caused it, which ignores the echo. */
  origin_client_id?: string;
  /** The changed fields with their new values. */
  partial: Invite;
}
/** An invite, as the record stores it. */
export interface Invite {
  /** When it was last accepted. */
  accepted_at: string | null;
  /** When it was created. */
  created_at: string;
  /** The inviter. */
  created_by: string;
  /** When the person it is for declined it. */
  declined_at: string | null;
  /** When it expires; `null` for never. */
  expires_at: string | null;
  /** Its id. */
  id: string;
  /** How many people can accept it; `null` for any number. */
  max_uses: number | null;
  /** When it was revoked. */
  revoked_at: string | null;
  /** The role that it gives. */
  role: Role;
  /** The room it leads to. */
  room_id: string;
  /** The person it is for; `null` for anyone with the token. */
  user_id: string | null;
  /** That person's name. */
  user_name: string | null;
  /** How many people have accepted it. */
  uses: number;
}
/** A page of a list. `next_cursor` is `null` at the end. */
export interface ConversationPage {
  data: Conversation[];
  next_cursor: string | null;
}
/** Alerts were delivered or seen. */
export interface ReceiptFrame {
  /**
   * The alerts, at most 100.
   *
   * Items: An alert. The client makes the id, so that trying again never raises a second one.
   */
  ids: string[];
  /** Delivered or seen. */
  state: ReceiptState;
  type: "receipt";
}
/** Asks for the alerts that changed after a position. */
export interface AlertResumeFrame {
  /** The epoch that the position belongs to. */
  epoch: string;
  /** The last position the client has. */
  seq: number;
  type: "resume";
}
/** Answers the server's `ping`. */
export interface AlertPongFrame {
  type: "pong";
}
/** The first frame. The open alerts follow immediately. */
export interface AlertWelcome {
  /** The desk's epoch: positions of another epoch cannot be compared. */
  epoch: string;
  /** The newest position. */
  head: number;
  /** Ping interval in milliseconds. */
  keep_alive_ms: number;
  type: "welcome";
  /** The user, from the token. */
  you: Person;
}
/** Current alerts: after the welcome the open ones, newest first. */
export interface AlertsFrame {
  /** At most 50. */
  alerts: PanicAlert[];
  /** Whether this is the last frame of open alerts: any other alert that the client has as open is closed. */
  complete: boolean;
  type: "alerts";
}
/** Every change after the position was sent. */
export interface AlertResumed {
  /** The newest position. */
  head: number;
  type: "resumed";
}
/** The position cannot be used: closed alerts that the client has may be outdated. */
export interface AlertReset {
  /** The desk's epoch. */
  epoch: string;
  /** The newest position. */
  head: number;
  type: "reset";
}
/** Hours in which nothing is pushed, by the clock on the person's wall. */
export interface DoNotDisturb {
  /** Days on which they begin; all if absent. */
  days?: ("mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun")[] | null;
  /** When they begin. */
  from: string;
  /** The person's time zone: a name of the IANA database, for example `America/Bogota`. */
  time_zone: string;
  /** When they end: on the next day, unless it is later than `from`. The same time is a whole day. */
  to: string;
}
/** The draft of a place. */
export interface Draft {
  /** The text; `null` if there is no draft. */
  body: string | null;
  /** The conversation. */
  conversation_id: string;
  /** The thread's first message; `null` for the conversation itself. */
  parent_id: string | null;
  /** Number of this state; 0 if the place never had a draft. */
  rev: number;
  /** When it was saved or cleared; `null` if the place never had a draft. */
  updated_at: string | null;
}
/** The draft of a place after a change. */
export interface DraftChange {
  /** The text; `null` if the draft was cleared. */
  body: string | null;
  /** The thread's first message; `null` for the conversation itself. */
  parent_id: string | null;
  /** Number of this state of the draft. */
  rev: number;
  /** When it was saved or cleared. */
  updated_at: string;
}
/** A page of a list. `next_cursor` is `null` at the end. */
export interface DraftPage {
  data: Draft[];
  next_cursor: string | null;
}
/** On a user's own channel: a draft of theirs was saved or cleared. */
export interface DraftUpdated {
  /** When it happened. */
  at: string;
  /** The conversation. */
  conversation_id: string;
  /** What happened. */
  event: "draft.updated";
  /** Id of what changed. */
  id: string;
  /** The tab that caused it, which ignores the echo. */
  origin_client_id?: string;
  /** The changed fields with their new values. */
  partial: DraftChange;
  /** Its number in the user's own channel. */
  rev: number;
}
/** A part of a message's text. */
export interface Excerpt {
  /** Where it begins in the text, in code points. */
  start: number;
  /** The text. */
  text: string;
}
/** A scheduled message that could not be sent. */
export interface FailedSchedule {
  /** Type of the problem. */
  problem: string;
  /** Its id. */
  scheduled_id: string;
}
/** The status of a file after its scan. */
export interface FileChange {
  /** Why the scanner refused it, if it says so. */
  reason: string | null;
  /** `ready`, or `refused`: then its bytes are deleted. */
  status: FileStatus;
}
/** On a user's own channel: a file that they uploaded was scanned. */
export interface FileUpdated {
  /** When it happened. */
  at: string;
  /** What happened. */
  event: "file.updated";
  /** The file. */
  id: string;
  /** What was decided. */
  partial: FileChange;
  /** Its number in the user's own channel. */
  rev: number;
}
/** Where a message was found. */
export interface FoundConversation {
  /** The conversation. */
  id: string;
  /** Its room, if it is a room's. */
  room_id: string | null;
  /** Its room's name. */
  room_name: string | null;
  /** Its kind. */
  type: ConversationType;
}
/** Changed fields of a conversation in the user's inbox. */
export interface InboxChange {
  /** The newest message. */
  last_message?: Message;
  /** When the newest message was sent. */
  last_message_at?: string;
  /** The newest position. */
  last_seq: number;
  /** Mentions of the user in these. */
  mention_count: number;
  /** Messages that the user has not read. */
  unread_count: number;
}
/** On a user's own channel: a conversation that this tab does not have open changed. */
export interface InboxUpdated {
  /** When it happened. */
  at: string;
  /** The conversation. */
  conversation_id: string;
  /** What happened. */
  event: "inbox.updated";
  /** Id of what changed. */
  id: string;
  /** The tab that caused it, which ignores the echo. */
  origin_client_id?: string;
  /** The changed fields with their new values. */
  partial: InboxChange;
  /** Its number in the user's own channel. */
  rev: number;
}
/** An invite, as a person who may accept it sees it. */
export interface InviteCard {
  created_at: string;
  expires_at: string | null;
  /** An invite to a room. */
  id: string;
  invited_by: Inviter;
  /** Whether the viewer is in the room already. */
  is_member: boolean;
  role: Role;
  room: InvitedTo;
}
export interface Inviter {
  name: string | null;
  /** A person, as the application names them (`sub` of the token). */
  user_id: string;
}
/** The room of an invite. */
export interface InvitedTo {
  /** Its description. */
  description: string;
  /** The room. */
  id: string;
  /** Number of members. */
  member_count: number;
  /** Its name. */
  name: string;
  /** Who can find it. */
  visibility: Visibility;
}
/** A page of a list. `next_cursor` is `null` at the end. */
export interface InviteCardPage {
  data: InviteCard[];
  next_cursor: string | null;
}
/** An invite to create. */
export interface InviteDraft {
  /** Expiry: a week from now if absent, never if `null`. */
  expires_at?: string | null;
  /** Maximum number of users who can accept it; unlimited if absent. */
  max_uses?: number | null;
  role?: Role;
  /** User it is addressed to; anyone with the link if absent. */
  user_id?: string | null;
}
/** What became of an invite. */
export interface InviteOutcome {
  /** When it was last accepted. */
  accepted_at: string | null;
  /** When the person it is for declined it. */
  declined_at: string | null;
  /** When it was revoked. */
  revoked_at: string | null;
}
/** A page of a list. `next_cursor` is `null` at the end. */
export interface InvitePage {
  data: Invite[];
  next_cursor: string | null;
}
/** Whether and how a person is notified of a kind. A field that is `None` has its default. */
export interface KindChoice {
  /** Whether it is on the list of notifications. */
  inbox?: boolean | null;
  /** Whether it is pushed to devices too. What is not on the list is not pushed. */
  push?: boolean | null;
}
/**
 * What a person wants, by kind. An absent kind has its defaults: on the list and pushed, except for reactions, which
 * are neither.
 */
export interface KindChoices {
  /** Notifications of the application's backend, of every kind. */
  app?: KindChoice;
  /** Direct messages while they are away. */
  direct_message?: KindChoice;
  /** Invites to rooms. */
  invite?: KindChoice;
  /** Messages that mention the person. */
  mention?: KindChoice;
  /** Reactions to their messages. */
  reaction?: KindChoice;
  /** Replies in threads that they follow. */
  reply?: KindChoice;
  /** Reports in rooms that they moderate. */
  report?: KindChoice;
  /** Scheduled messages that were not sent. */
  scheduled_failed?: KindChoice;
}
/** Every kind with the choice in force. */
export interface KindsInForce {
  /** Notifications of the application's backend, of every kind. */
  app: ChoiceInForce;
  /** Direct messages while they are away. */
  direct_message: ChoiceInForce;
  /** Invites to rooms. */
  invite: ChoiceInForce;
  /** Messages that mention the person. */
  mention: ChoiceInForce;
  /** Reactions to their messages. */
  reaction: ChoiceInForce;
  /** Replies in threads that they follow. */
  reply: ChoiceInForce;
  /** Reports in rooms that they moderate. */
  report: ChoiceInForce;
  /** Scheduled messages that were not sent. */
  scheduled_failed: ChoiceInForce;
}
/** What a message carries of a page that it links to. Plain text; no HTML. */
export interface LinkPreview {
  /** What the page says about itself, at most 500 characters. */
  description: string | null;
  /** Address of a picture, which is on the page's server or another one. */
  image: string | null;
  /** The site's name, at most 100 characters. */
  site_name: string | null;
  /** The page's title, at most 200 characters. */
  title: string;
  /** The link, in the form in which a browser shows it. */
  url: string;
}
/**
 * An invite as the answer to its creation shows it. Only this answer has its token and link; a repeat with the same
 * `Idempotency-Key` has neither.
 */
export interface MadeInvite {
  /** When it was last accepted. */
  accepted_at: string | null;
  /** When it was created. */
  created_at: string;
  /** The inviter. */
  created_by: string;
  /** When the person it is for declined it. */
  declined_at: string | null;
  /** When it expires; `null` for never. */
  expires_at: string | null;
  /** Its id. */
  id: string;
  /** How many people can accept it; `null` for any number. */
  max_uses: number | null;
  /** When it was revoked. */
  revoked_at: string | null;
  /** The role that it gives. */
  role: Role;
  /** The room it leads to. */
  room_id: string;
  /** Token that opens the invite. */
  token?: string;
  /** Link with the token. */
  url?: string;
  /** The person it is for; `null` for anyone with the token. */
  user_id: string | null;
  /** That person's name. */
  user_name: string | null;
  /** How many people have accepted it. */
  uses: number;
}
/** The caller. */
export interface Me {
  avatar: string | null;
  created_at: string;
  /** A person, as the application names them (`sub` of the token). */
  id: string;
  name: string;
  permissions: string[];
  /** Who sees whether the person is online. */
  presence: PresenceSetting;
  /** Whether the person shows and sees receipts. */
  receipts: ReceiptsSetting;
  roles: string[];
  /** The tenant (one per app): everything belongs to exactly one. */
  tenant: string;
  updated_at: string | null;
}
/** A member, as others see them. */
export interface Member {
  /** Address of a picture. */
  avatar: string | null;
  /** Since when they are a member. */
  joined_at: string;
  /** When `last_read_seq` last moved; `null` if it has not moved, or is not shown. */
  last_read_at: string | null;
  /**
   * The newest message up to that position, replies shown in their thread only and system messages apart; `null` if there
   * is none, or `last_read_seq` is not shown.
   */
  last_read_message_id: string | null;
  /** The last position they have read; `null` if they, or the reader of the list, keep receipts private. */
  last_read_seq: number | null;
  /** End of their mute; `null` if they may write. */
  muted_until: string | null;
  /** Display name. */
  name: string;
  /** Their role. */
  role: Role;
  /** The person. */
  user_id: string;
}
/** A page of a list. `next_cursor` is `null` at the end. */
export interface MemberPage {
  data: Member[];
  next_cursor: string | null;
}
/** A page of messages, newest first. Only the newest page has `head` and `epoch`. */
export interface MessagePage {
  data: MessageView[];
  epoch?: string;
  head?: number;
  /** Value of `before` for the older page; `null` at the beginning. */
  next_cursor: string | null;
  /** Value of `after` for the newer page; `null` on the newest. */
  prev_cursor: string | null;
}
/** A message in answers. */
export interface MessageView {
  /** Whether a reply is shown in the conversation too, not only in its thread. */
  also_in_channel?: boolean;
  /** Its files, as they were when it was sent; none once it is deleted. */
  attachments?: Attachment[];
  /** The text; `null` once deleted. */
  body: string | null;
  /** The client's id for it: idempotency key of the send. */
  client_msg_id: string | null;
  /** The conversation it belongs to. */
  conversation_id: string;
  /** When it was committed. */
  created_at: string;
  /** When it was deleted. */
  deleted_at: string | null;
  /** When the body was last changed. */
  edited_at: string | null;
  /** Whether the reader has blocked its sender; absent if not. */
  from_blocked?: boolean;
  /** `UUIDv7`. */
  id: string;
  /** When the newest reply was sent; `null` without replies. */
  last_reply_at: string | null;
  /** Who is mentioned in the text, in the order of the text. */
  mentions?: Mention[];
  /** Free JSON of the application. */
  metadata: {
    [k: string]: unknown;
  } | null;
  /** The message this one answers. */
  parent_id: string | null;
  /** When it was pinned. */
  pinned_at: string | null;
  /** The user who pinned it. */
  pinned_by: string | null;
  /** The message that it quotes; `null` if it quotes none. */
  quote: Quote | null;
  /** The message that this one quotes. */
  quote_id?: string | null;
  /** Reactions, most used first, then by the code points of the emoji; at most 20 kinds. */
  reactions: ReactionCount[];
  /** Number of replies in its thread that are not deleted. */
  reply_count: number;
  /** The sender. */
  sender_id: string;
  /** The sender's name when the message was sent. */
  sender_name: string;
  /** Its position in the conversation's order. */
  seq: number;
  /**
   * First message of the thread that this one is a reply in. `null` in replies that an earlier release stored, which are
   * in no thread.
   */
  thread_id?: string | null;
  /** Text, image, file or system. */
  type: MessageType;
  /** When anything about it last changed. */
  updated_at: string | null;
  /**
   * Number of the body's version: 1 when sent, one more after each edit. Absent, which means 1, in events that an
   * earlier release stored.
   */
  version?: number;
}
/** A message that another one quotes. */
export interface Quote {
  /** The text; `null` once deleted. */
  body: string | null;
  /** The message. */
  id: string;
  /** Its sender's name when it was sent; `null` if the message is no longer stored. */
  sender_name: string | null;
}
/** How many people reacted with an emoji. */
export interface ReactionCount {
  /** Number of people, at least 1. */
  count: number;
  emoji: Emoji;
  /** Whether the reader is one of them. */
  me: boolean;
}
/** A notification as its person sees it. */
export interface Notification {
  /** Who caused it; `null` if nobody is named. */
  actor: Person | null;
  /** A backend's text. */
  body: string | null;
  /** The conversation that it is about. */
  conversation_id: string | null;
  /** When it was created. */
  created_at: string;
  /**
   * More about it: a backend's JSON, the `emoji` of a reaction, `invite_id` and `room_id`, `report_id`, or the `mention` of
   * all members: `here` or `room`.
   */
  data: {
    [k: string]: unknown;
  } | null;
  /** `UUIDv7`, within those of the person. */
  id: string;
  /**
   * `mention`, `reply`, `direct_message`, `invite`, `reaction`, `report`, `scheduled_failed`, or the kind that a
   * backend chose, by default `app`.
   */
  kind: string;
  /** The message that it is about. */
  message: NotifiedMessage | null;
  /** When it was read; `null` if it was not. */
  read_at: string | null;
  /** Title: a backend's, or the name of the room of an invite. */
  title: string | null;
  /** When it last changed. */
  updated_at: string;
  /** A backend's address to open. */
  url: string | null;
}
/** The message of a notification, in its present state. */
export interface NotifiedMessage {
  /** The text. */
  body: string | null;
  /** Its id. */
  id: string;
  /** The message this one answers. */
  parent_id: string | null;
  /** The sender. */
  sender_id: string;
  /** The sender's name when the message was sent. */
  sender_name: string;
  /** Its position in the conversation's order. */
  seq: number;
  /** Text, image, file or system. */
  type: MessageType;
}
/** Unread notifications. */
export interface NotificationCount {
  /** Their number, counted up to 1,000. */
  unread: number;
}
/** On a user's own channel: a notification for them was created, or has news. */
export interface NotificationCreated {
  /** When it happened. */
  at: string;
  /** The conversation, if the notification is about one. */
  conversation_id?: string;
  /** What happened. */
  event: "notification.created";
  /** The notification. */
  id: string;
  /** The notification. */
  partial: Notification;
  /** Its number in the user's own channel. */
  rev: number;
}
/** A page of a list. `next_cursor` is `null` at the end. */
export interface NotificationPage {
  data: Notification[];
  next_cursor: string | null;
}
/** What the caller wants to be notified of. */
export interface NotificationPreferences {
  /** Hours in which nothing is pushed; `null` for none. */
  do_not_disturb: DoNotDisturb | null;
  /** By kind. */
  kinds: KindsInForce;
}
/** What the caller wants from now on. What is absent has its default. */
export interface NotificationPreferencesDraft {
  /** Hours in which nothing is pushed. */
  do_not_disturb?: DoNotDisturb | null;
  /** By kind. */
  kinds?: KindChoices;
}
/** On a user's own channel: notifications of theirs were read or withdrawn. */
export interface NotificationRead {
  /** When it happened. */
  at: string;
  /** The conversation, if those of a conversation were read. */
  conversation_id?: string;
  /** What happened. */
  event: "notification.read";
  /** The notification, if one was read. */
  id?: string;
  /** Which. */
  partial: ReadNotifications;
  /** Its number in the user's own channel. */
  rev: number;
}
/** Notifications that were read or withdrawn: one of `ids`, `up_to` and `up_to_seq` is present. */
export interface ReadNotifications {
  /**
   * These.
   *
   * Items: A notification, within those of its person.
   */
  ids?: string[];
  /** When they were read. */
  read_at?: string;
  /** This one and all older ones. */
  up_to?: string;
  /** All about messages of the conversation up to this position. */
  up_to_seq?: number;
  /** Present if they are gone: what they were about was deleted or is over. */
  withdrawn?: boolean;
}
/** A person who is online. */
export interface OnlineUser {
  /** Address of a picture. */
  avatar: string | null;
  /** When they were last known to be connected. */
  last_seen_at: string;
  /** Display name. */
  name: string;
  /** Their id. */
  user_id: string;
}
/** A page of a list. `next_cursor` is `null` at the end. */
export interface OnlineUserPage {
  data: OnlineUser[];
  next_cursor: string | null;
}
/** On a user's own channel: an alert of theirs, or one that they may see as a guard. */
export interface OwnAlertNews {
  /** When it happened. */
  at: string;
  /** What happened. */
  event: AlertEventName;
  /** Which alert. */
  id: string;
  /** The alert's current state, as this user may see it. */
  partial: PanicAlert;
  /** Its number in the user's own channel; absent if only the user's devices with `view_panic_alerts` get it. */
  rev?: number;
}
/** On a user's own channel: an invite for them. */
export interface OwnInviteCreated {
  /** Time of the event. */
  at: string;
  /** The room's conversation. */
  conversation_id: string;
  /** Event name. */
  event: "invite.created";
  /** The invite. */
  id: string;
  /** The invite, as the user may see it. */
  partial: InviteCard;
  /** Its number in the user's own channel. */
  rev: number;
}
/** On a user's own channel: an invite for them was accepted, declined or revoked. */
export interface OwnInviteEnded {
  /** When it happened. */
  at: string;
  /** The conversation. */
  conversation_id: string;
  /** What happened. */
  event: "invite.updated" | "invite.revoked";
  /** Id of what changed. */
  id: string;
  /** The tab that caused it, which ignores the echo. */
  origin_client_id?: string;
  /** The changed fields with their new values. */
  partial: InviteOutcome;
  /** Its number in the user's own channel. */
  rev: number;
}
/** A change of the user's own membership. Only they get the reason. */
export interface OwnMembership {
  /** Whether they were banned; absent otherwise. */
  banned?: boolean;
  /** Since when they are a member; on `member.joined`. */
  joined_at?: string;
  /** End of their mute; `null` if they may write again. */
  muted_until?: string | null;
  /** The user's display name; on `member.joined`. */
  name?: string;
  /** Reason of the mute or the ban. */
  reason?: string;
  /** Their role, if it is new. */
  role?: Role;
  /** The conversation's room, if it has one. */
  room_id?: string;
  /** End of the ban; `null` until it is lifted. */
  until?: string | null;
  /** The user. */
  user_id: string;
}
/** On a user's own channel: their own membership of a conversation changed. */
export interface OwnMembershipEvent {
  /** When it happened. */
  at: string;
  /** The conversation. */
  conversation_id: string;
  /** What happened. */
  event: "member.joined" | "member.updated" | "member.left" | "member.removed";
  /** Id of what changed. */
  id: string;
  /** The tab that caused it, which ignores the echo. */
  origin_client_id?: string;
  /** The changed fields with their new values. */
  partial: OwnMembership;
  /** Its number in the user's own channel. */
  rev: number;
}
/** A device that is paged by Web Push. */
export interface PagedDevice {
  created_at: string;
  endpoint: string;
  expires_at: string;
  group: string;
}
/** A page of a list. `next_cursor` is `null` at the end. */
export interface PagedDevicePage {
  data: PagedDevice[];
  next_cursor: string | null;
}
/** A page of a list. `next_cursor` is `null` at the end. */
export interface PanicAlertPage {
  data: PanicAlert[];
  next_cursor: string | null;
}
/** On a user's own channel: their preferences of a conversation changed, on a device or by a new message. */
export interface PreferencesUpdated {
  /** When it happened. */
  at: string;
  /** The conversation. */
  conversation_id: string;
  /** What happened. */
  event: "preferences.updated";
  /** Id of what changed. */
  id: string;
  /** The tab that caused it, which ignores the echo. */
  origin_client_id?: string;
  /** The changed fields with their new values. */
  partial: Preferences;
  /** Its number in the user's own channel. */
  rev: number;
}
/** A device to which notifications are pushed. */
export interface PushDevice {
  /** When it was subscribed. */
  created_at: string;
  /** The push service's address of the device. */
  endpoint: string;
  /** When it expires, unless the subscription is renewed. */
  expires_at: string;
}
/** A page of a list. `next_cursor` is `null` at the end. */
export interface PushDevicePage {
  data: PushDevice[];
  next_cursor: string | null;
}
/** The deployment's key for push subscriptions. */
export interface PushKey {
  /** The public key, base64url. */
  key: string;
}
/** What was read. */
export interface ReadUpTo {
  /** The newest notification that was read: it and all older ones are. */
  up_to: string;
}
/** Number of an event of a user's own channel that this device does not get: it is for others, or this one caused it. */
export interface RevFrame {
  /** The event's number. */
  rev: number;
  /** Names the frame. */
  type: "rev";
}
/** A room as one person sees it. */
export interface Room {
  /** Its conversation. */
  conversation_id: string;
  /** When it was created. */
  created_at: string;
  /** Who created it. */
  created_by: string;
  /** Its description. */
  description: string;
  /** The room. */
  id: string;
  /** Whether it is the tenant's general room. */
  is_general: boolean;
  /** Number of members. */
  member_count: number;
  /** Its name. */
  name: string;
  /** Who may write. */
  post: Posting;
  /** The viewer's role; `null` if they are no member. */
  role: Role | null;
  /** Seconds between two messages of a member who does not moderate the room; 0 for any number of messages. */
  slow_mode_s: number;
  /** When it last changed. */
  updated_at: string | null;
  /** Who can find it. */
  visibility: Visibility;
}
/** A page of a list. `next_cursor` is `null` at the end. */
export interface RoomPage {
  data: Room[];
  next_cursor: string | null;
}
/** Whether a message is saved. */
export interface SavedChange {
  /** When it was saved; `null` if it is not saved any more. */
  saved_at: string | null;
}
/** A saved message. */
export interface SavedMessage {
  /** The message. */
  message: Message;
  /** When it was saved. */
  saved_at: string;
}
/** A page of a list. `next_cursor` is `null` at the end. */
export interface SavedMessagePage {
  data: SavedMessage[];
  next_cursor: string | null;
}
/** On a user's own channel: they saved a message, or removed a saved one. */
export interface SavedUpdated {
  /** When it happened. */
  at: string;
  /** The conversation. */
  conversation_id: string;
  /** What happened. */
  event: "saved.updated";
  /** Id of what changed. */
  id: string;
  /** The tab that caused it, which ignores the echo. */
  origin_client_id?: string;
  /** The changed fields with their new values. */
  partial: SavedChange;
  /** Its number in the user's own channel. */
  rev: number;
}
/** On a user's own channel: a scheduled message of theirs could not be sent. */
export interface ScheduledFailed {
  /** When it happened. */
  at: string;
  /** The conversation. */
  conversation_id: string;
  /** What happened. */
  event: "scheduled.failed";
  /** Id of what changed. */
  id: string;
  /** The tab that caused it, which ignores the echo. */
  origin_client_id?: string;
  /** The changed fields with their new values. */
  partial: FailedSchedule;
  /** Its number in the user's own channel. */
  rev: number;
}
/** On a user's own channel: a scheduled message of theirs was sent. */
export interface ScheduledSent {
  /** When it happened. */
  at: string;
  /** The conversation. */
  conversation_id: string;
  /** What happened. */
  event: "scheduled.sent";
  /** Id of what changed. */
  id: string;
  /** The tab that caused it, which ignores the echo. */
  origin_client_id?: string;
  /** The changed fields with their new values. */
  partial: SentSchedule;
  /** Its number in the user's own channel. */
  rev: number;
}
/** A scheduled message that was sent. */
export interface SentSchedule {
  /** The message. */
  message_id: string;
  /** Its id. */
  scheduled_id: string;
}
/** A message. */
export interface MessageHit {
  /** The part of its text around the first highlight. */
  context: Excerpt;
  /** Its conversation. */
  conversation: FoundConversation;
  /** Where the words occur in its text: start and length in code points. */
  highlights: [number, number][];
  /** The message as the caller sees it. */
  message: MessageView;
  type: "message";
}
/** A user of the tenant. */
export interface PersonHit {
  type: "person";
  /** The user. */
  user: User;
}
/** A person of a tenant. */
export interface User {
  /** Address of a picture. */
  avatar: string | null;
  /** When they were first seen. */
  created_at: string;
  /** The application's id for them. */
  id: string;
  /** Whether a socket of theirs is open anywhere. */
  is_online: boolean;
  /** When a socket of theirs was last known to be open. */
  last_seen_at: string | null;
  /** Display name. */
  name: string;
  /** When name or picture last changed. */
  updated_at: string | null;
}
/** A room that the caller can find. */
export interface RoomHit {
  /** The room. */
  room: Room;
  type: "room";
}
/** A page of a list. `next_cursor` is `null` at the end. */
export interface SearchHitPage {
  data: SearchHit[];
  next_cursor: string | null;
}
/** A place of an alert's trail. */
export interface Sighting {
  /** Accuracy in metres. */
  accuracy: number | null;
  /** When the device was there. */
  at: string;
  /** Latitude. */
  lat: number;
  /** Longitude. */
  lng: number;
  /** Its number in the trail: 1 is the first. */
  number: number;
  /** Where it comes from: `gps`, `network`, `manual`. */
  source: string | null;
  /** Description. */
  string: string | null;
}
/** A page of a list. `next_cursor` is `null` at the end. */
export interface SightingPage {
  data: Sighting[];
  next_cursor: string | null;
}
/** A test message is on its way. */
export interface TestPush {
  /** Number of devices to which it is sent. */
  devices: number;
}
/** A thread that the caller follows. */
export interface Thread {
  /** The first message. */
  id: string;
  /** The last position that the caller has read in the thread. */
  last_read_seq: number;
  /** When the newest reply was sent. */
  last_reply_at: string | null;
  /** Mentions of the caller in these, apart from those by people that the caller has blocked. */
  mention_count: number;
  /** The first message as the caller sees it. */
  message: MessageView;
  /** Number of replies that are not deleted. */
  reply_count: number;
  /** Number of replies after the caller's marker. */
  unread_count: number;
}
/** A user's place in a thread. */
export interface ThreadMarker {
  /** Whether they follow the thread. */
  following: boolean;
  /** The last position they have read in it. */
  last_read_seq: number;
}
/** A page of a list. `next_cursor` is `null` at the end. */
export interface ThreadPage {
  data: Thread[];
  next_cursor: string | null;
}
/** On a user's own channel: they follow a thread, no longer follow it, or have read in it. */
export interface ThreadRead {
  /** When it happened. */
  at: string;
  /** The conversation. */
  conversation_id: string;
  /** What happened. */
  event: "thread.read";
  /** Id of what changed. */
  id: string;
  /** The tab that caused it, which ignores the echo. */
  origin_client_id?: string;
  /** The changed fields with their new values. */
  partial: ThreadMarker;
  /** Its number in the user's own channel. */
  rev: number;
}
/** A ticket for one connection. */
export interface Ticket {
  expires_at: string;
  ticket: string;
}
/** A timeline entry of an alert. */
export interface TimelineEntry {
  at: string;
  /** User who caused it; `null` for automatic steps. */
  by: AlertPerson | null;
  /** Fields depend on `what`. */
  data: {
    [k: string]: unknown;
  };
  number: number;
  what: string;
}
/** A page of a list. `next_cursor` is `null` at the end. */
export interface TimelineEntryPage {
  data: TimelineEntry[];
  next_cursor: string | null;
}
/** The first frame of a user's own channel. */
export interface UserWelcome {
  /** Ping interval in milliseconds; on an event stream, the server's longest silence. */
  keep_alive_ms: number;
  /** Number of the newest event. A client that has another one fetches its lists again. */
  rev: number;
  /** Names the frame. */
  type: "welcome";
  /** The user, from the token. */
  you: Person;
}
/** A page of a list. `next_cursor` is `null` at the end. */
export interface UserPage {
  data: User[];
  next_cursor: string | null;
}
/** What a web app may know of its app. */
export interface WebConfig {
  /** What the app and the deployment have. */
  features: WebFeatures;
  /** Public key of the app. */
  key: string;
  /** Languages of the web app, as BCP 47 tags; the first is preferred. */
  languages: string[];
  /** Name of the app for people. `null` if the app has not set one. */
  name: string | null;
  /** Where people sign in. `null` if the app gives its users tokens in another way. */
  sign_in: WebSignIn | null;
}
/** What the settings of the app and the configuration of the deployment decide. */
export interface WebFeatures {
  /** Whether Pusher clients may publish on private and presence channels: the setting `pusher.client_events`. */
  client_events: boolean;
  /** Whether `POST /api/demo/token` gives tokens to demo users of this app: for the demo app in the local environment. */
  demo_sign_in: boolean;
  /** Whether the public channel `chat` carries the general room: the setting `pusher.public_chat`. */
  public_chat: boolean;
  /** Whether subscribers of a channel receive the number of its subscribers: the setting `pusher.subscription_counts`. */
  subscription_counts: boolean;
  /** Whether Pusher clients have to sign in: the setting `pusher.signin_timeout_s` is set. */
  user_authentication: boolean;
  /** Whether devices can subscribe to Web Push: the deployment has a key for it. */
  web_push: boolean;
}
/** A client of an OIDC provider. */
export interface WebSignIn {
  /** Id of the web app at the provider. */
  oidc_client_id: string;
  /** Issuer of the provider: an address that begins with `https://`. */
  oidc_issuer: string;
}
