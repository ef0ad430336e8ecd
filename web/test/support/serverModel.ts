import {
  type Conversation,
  type Durable,
  type InboxUpdated,
  isCounted,
  isThreadOnly,
  type Mention,
  type Message,
  type MessagePage,
  type MessageView,
  type Role,
} from "../../src/client";
import { at } from "./world";

const PAGE = 4;

/** Who is mentioned, and what a message answers and quotes, by their place among all messages. */
export interface Sent {
  mention?: "me" | "all" | undefined;
  parent?: number | undefined;
  alsoInChannel?: boolean | undefined;
  quote?: number | undefined;
  isSystem?: boolean;
}

/**
 * One conversation as the server keeps it: a log that is complete, and a record that lags behind it. The newest page
 * comes from both, older pages and the conversation itself from the record alone.
 */
export class ServerModel {
  readonly log: Durable[] = [];
  #messages: MessageView[] = [];
  #reactions = new Map<string, Set<string>>();
  #members = new Map<string, { role: Role; read: number }>();
  #roomName = "Lobby";
  #updatedAt: string | null = null;
  #record: { messages: MessageView[]; view: Conversation };

  constructor(readonly viewer: string) {
    for (const id of ["7", "8", "9"]) this.#members.set(id, { role: "member", read: 0 });
    this.#record = { messages: [], view: this.view() };
  }

  get head(): number {
    return this.log.length;
  }

  /** The record catches up. */
  flush(): void {
    this.#record = { messages: this.#messages, view: this.view() };
  }

  send(sender: string, clientMsgId: string | null = null, origin?: string, sent: Sent = {}): Message {
    const seq = this.head + 1;
    const parent = this.present(sent.parent);
    const quoted = this.present(sent.quote);
    const message: MessageView = {
      id: `m${seq}`,
      conversation_id: "c",
      seq,
      sender_id: sender,
      sender_name: `name ${sender}`,
      type: sent.isSystem ? "system" : "text",
      body: bodyOf(`text ${seq}`, sent.mention),
      metadata: null,
      parent_id: parent?.id ?? null,
      thread_id: parent ? (parent.thread_id ?? parent.id) : null,
      also_in_channel: parent !== undefined && (sent.alsoInChannel ?? false),
      quote_id: quoted?.id ?? null,
      mentions: this.#mentions(sent.mention),
      attachments: [],
      client_msg_id: clientMsgId,
      version: 1,
      created_at: at(seq),
      edited_at: null,
      deleted_at: null,
      updated_at: null,
      reactions: [],
      pinned_at: null,
      pinned_by: null,
      reply_count: 0,
      last_reply_at: null,
      quote: null,
    };
    this.#messages = [...this.#messages, message];
    // Sending marks as read up to the message.
    const member = this.#members.get(sender);
    if (member && !isThreadOnly(message) && message.type !== "system") member.read = seq;
    this.#append({ event: "message.created", id: message.id, partial: plain(message) }, origin);
    this.#countReplies(message, 1);
    return message;
  }

  edit(index: number, mention?: Sent["mention"]): void {
    const message = this.#nth(index);
    if (!message || message.deleted_at) return;
    const now = at(this.head + 1);
    const partial = {
      body: bodyOf(`edited ${this.head}`, mention),
      mentions: this.#mentions(mention),
      version: (message.version ?? 1) + 1,
      edited_at: now,
      updated_at: now,
    };
    this.#change(message, partial);
    this.#append({ event: "message.updated", id: message.id, partial });
  }

  delete(index: number): void {
    const message = this.#nth(index);
    if (!message || message.deleted_at) return;
    const now = at(this.head + 1);
    const gone = { reactions: [], pinned_at: null, pinned_by: null };
    const partial = { body: null, metadata: null, mentions: [] as [], ...gone, deleted_at: now, updated_at: now };
    this.#change(message, partial);
    this.#append({ event: "message.deleted", id: message.id, partial });
    this.#countReplies(message, -1);
  }

  /** A user reacts, or takes the reaction back. */
  react(index: number, user: string, emoji: string): void {
    const message = this.#nth(index);
    if (!message || message.deleted_at) return;
    const key = `${message.id} ${emoji}`;
    const people = this.#reactions.get(key) ?? new Set();
    this.#reactions.set(key, people);
    const name = people.delete(user) ? "reaction.removed" : "reaction.added";
    if (name === "reaction.added") people.add(user);
    const count = people.size;
    const others = message.reactions.filter((one) => one.emoji !== emoji);
    const reactions = count > 0 ? [...others, { emoji, count, me: people.has(this.viewer) }] : others;
    // All emoji of the tests are ASCII, whose order is that of their code points.
    reactions.sort((a, b) => b.count - a.count || (a.emoji < b.emoji ? -1 : 1));
    this.#change(message, { reactions });
    this.#append({ event: name, id: message.id, partial: { message_id: message.id, emoji, user_id: user, count } });
  }

  pin(index: number): void {
    const message = this.#nth(index);
    if (!message || message.deleted_at) return;
    const isPinned = message.pinned_at !== null;
    const partial = { pinned_at: isPinned ? null : at(this.head + 1), pinned_by: isPinned ? null : "9" };
    this.#change(message, partial);
    this.#append({ event: isPinned ? "message.unpinned" : "message.pinned", id: message.id, partial });
  }

  toggleMember(id: string): void {
    const joined_at = at(this.head + 1);
    if (this.#members.delete(id)) {
      this.#append({ event: "member.left", id, partial: { user_id: id } });
    } else {
      this.#members.set(id, { role: "member", read: 0 });
      const partial = { user_id: id, name: `name ${id}`, role: "member" as const, joined_at };
      this.#append({ event: "member.joined", id, partial });
    }
    this.flush();
  }

  rename(): void {
    this.#roomName = `Room ${this.head}`;
    this.#updatedAt = at(this.head + 1);
    this.#append({ event: "conversation.updated", id: "c", partial: { name: this.#roomName } });
    this.flush();
  }

  /** The viewer has read up to here, on any device. */
  read(seq: number): void {
    const me = this.#members.get(this.viewer);
    if (me) me.read = Math.max(me.read, Math.min(seq, this.head));
    this.flush();
  }

  /** The viewer marks the message at `seq` and those after it as unread. Returns the marker. */
  unread(seq: number): number {
    const me = this.#members.get(this.viewer);
    if (me) me.read = Math.min(me.read, seq - 1);
    this.flush();
    return me?.read ?? 0;
  }

  /** As a fetch from an up-to-date D1 would return it. */
  view(): Conversation {
    const me = this.#members.get(this.viewer) ?? { role: "member", read: 0 };
    const newest = this.#messages.findLast(isCounted);
    const last = newest ? plain(newest) : null;
    const others = this.#messages.filter(({ seq, sender_id }) => seq > me.read && sender_id !== this.viewer);
    const unread = others.filter((message) => !message.deleted_at && isCounted(message));
    const mentions = others.filter((message) => !isThreadOnly(message)).flatMap(({ mentions: each = [] }) => each);
    return {
      id: "c",
      type: "room",
      room_id: "r",
      room_name: this.#roomName,
      room_visibility: "public",
      report_id: null,
      metadata: {},
      created_by: "1",
      member_count: this.#members.size,
      last_message_at: last?.created_at ?? null,
      last_message: last,
      unread_count: unread.length,
      mention_count: mentions.filter(({ user_id }) => user_id === null || user_id === this.viewer).length,
      last_seq: this.head,
      role: me.role,
      last_read_seq: me.read,
      preferences: { notifications_muted_until: null, notify: "all", favorite: false, archived: false },
      peer: null,
      created_at: at(0),
      updated_at: this.#updatedAt,
    };
  }

  /** The conversation as fetched: fields about messages can be stale. */
  fetched(): Conversation {
    const { last_seq, last_message, last_message_at, last_read_seq, unread_count, mention_count } = this.#record.view;
    const counts = { last_read_seq, unread_count, mention_count };
    return { ...this.view(), last_seq, last_message, last_message_at, ...counts };
  }

  /** The messages of the conversation's list. */
  messages(): MessageView[] {
    return this.#messages.filter((message) => !isThreadOnly(message)).map((message) => this.#seen(message));
  }

  /** The replies of a thread. */
  replies(threadId: string): MessageView[] {
    return this.#messages.filter(({ thread_id }) => thread_id === threadId).map((message) => this.#seen(message));
  }

  /** Every message as it is now, replies among them. */
  all(): MessageView[] {
    return this.#messages.map((message) => this.#seen(message));
  }

  /** A message as it is now. */
  message(id: string): MessageView {
    const message = this.#messages.find((each) => each.id === id);
    if (!message) throw new Error(`no message ${id}`);
    return this.#seen(message);
  }

  /** A page of a thread comes from the record, which has caught up. */
  repliesPage(threadId: string, before: string | undefined): MessagePage {
    this.flush();
    const older = this.replies(threadId).filter(({ seq }) => before === undefined || seq < Number(before));
    const data = older.slice(-PAGE).reverse();
    return { data, next_cursor: older.length > PAGE ? String(data.at(-1)?.seq) : null, prev_cursor: null };
  }

  /** Pages behind it are at least as new as this one. */
  newestPage(): MessagePage {
    this.#record = { ...this.#record, messages: this.#messages };
    const all = this.messages();
    const data = all.slice(-PAGE).reverse();
    const isAll = all.length <= PAGE;
    const next_cursor = isAll ? null : String(data.at(-1)?.seq);
    return { data, next_cursor, prev_cursor: null, head: this.head, epoch: "e1" };
  }

  olderPage(before: string): MessagePage {
    const older = this.#messages
      .filter((message) => message.seq < Number(before) && !isThreadOnly(message))
      .map((message) => {
        // The object completes an older page with the annotations that the record lacks.
        const { reactions, pinned_at, pinned_by, reply_count, last_reply_at } = message;
        const annotations = { reactions, pinned_at, pinned_by, reply_count, last_reply_at };
        const recorded = this.#record.messages.find(({ id }) => id === message.id) ?? message;
        return { ...this.#seen(recorded, this.#record.messages), ...annotations };
      });
    const data = older.slice(-PAGE).reverse();
    const next_cursor = older.length > PAGE ? String(data.at(-1)?.seq) : null;
    return { data, next_cursor, prev_cursor: data[0] ? String(data[0].seq) : null };
  }

  inboxUpdate(): InboxUpdated {
    const { last_message, last_message_at, unread_count, mention_count, last_seq } = this.view();
    const newest = last_message && last_message_at ? { last_message, last_message_at } : {};
    const partial = { ...newest, unread_count, mention_count, last_seq };
    return { event: "inbox.updated", conversation_id: "c", rev: this.head, id: "c", partial, at: at(this.head) };
  }

  /** A message that can be answered and quoted. */
  present(index: number | undefined): MessageView | undefined {
    const message = index === undefined ? undefined : this.#nth(index);
    return message?.deleted_at ? undefined : message;
  }

  /** A message with the text of the one that it quotes as it is there. */
  #seen(message: MessageView, quotable = this.#messages): MessageView {
    const quoted = quotable.find(({ id }) => id === message.quote_id);
    const known = quoted && { id: quoted.id, sender_name: quoted.sender_name, body: quoted.body };
    const missing = message.quote_id ? { id: message.quote_id, sender_name: null, body: null } : null;
    return { ...message, quote: message.deleted_at ? null : (known ?? missing) };
  }

  #mentions(who: Sent["mention"]): Mention[] {
    if (who === undefined) return [];
    return [who === "me" ? { type: "user", user_id: this.viewer } : { type: "room", user_id: null }];
  }

  /** A reply was sent or deleted. */
  #countReplies({ thread_id }: Message, change: 1 | -1): void {
    const root = this.#messages.find(({ id }) => id === thread_id);
    if (!root) return;
    const reply_count = root.reply_count + change;
    const last_reply_at = change === 1 ? at(this.head) : reply_count === 0 ? null : root.last_reply_at;
    this.#change(root, { reply_count, last_reply_at });
    const partial = { message_id: root.id, reply_count, last_reply_at };
    this.#append({ event: "thread.updated", id: root.id, partial });
  }

  #nth(index: number): MessageView | undefined {
    return this.#messages[index % Math.max(1, this.#messages.length)];
  }

  #change(message: MessageView, partial: Partial<MessageView>): void {
    this.#messages = this.#messages.map((known) => (known === message ? { ...known, ...partial } : known));
  }

  #append(event: Pick<Durable, "event" | "id" | "partial">, origin?: string): void {
    const seq = this.head + 1;
    const rest = { conversation_id: "c", seq, at: at(seq), origin_client_id: origin ?? null };
    this.log.push({ ...event, ...rest } as Durable);
  }
}

function bodyOf(text: string, mention: Sent["mention"]): string {
  return mention === undefined ? text : `${text} @${mention}`;
}

/** A message as events and inboxes have it. */
function plain(message: MessageView): Message {
  const { reactions, pinned_at, pinned_by, reply_count, last_reply_at, quote, ...rest } = message;
  return rest;
}
