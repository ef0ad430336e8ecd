import type { Conversation, Durable, InboxUpdated, Message, MessagePage, MessageView, Role } from "../../src/client";
import { at } from "./world";

const PAGE = 4;

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

  send(sender: string, clientMsgId: string | null = null, origin?: string): Message {
    const seq = this.head + 1;
    const message: MessageView = {
      id: `m${seq}`,
      conversation_id: "c",
      seq,
      sender_id: sender,
      sender_name: `name ${sender}`,
      type: "text",
      body: `text ${seq}`,
      metadata: null,
      parent_id: null,
      client_msg_id: clientMsgId,
      version: 1,
      created_at: at(seq),
      edited_at: null,
      deleted_at: null,
      updated_at: null,
      reactions: [],
      pinned_at: null,
      pinned_by: null,
    };
    this.#messages = [...this.#messages, message];
    // Sending marks as read up to the message.
    const member = this.#members.get(sender);
    if (member) member.read = seq;
    this.#append({ event: "message.created", id: message.id, partial: plain(message) }, origin);
    return message;
  }

  edit(index: number): void {
    const message = this.#nth(index);
    if (!message || message.deleted_at) return;
    const now = at(this.head + 1);
    const partial = {
      body: `edited ${this.head}`,
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
    const partial = { body: null, metadata: null, ...gone, deleted_at: now, updated_at: now };
    this.#change(message, partial);
    this.#append({ event: "message.deleted", id: message.id, partial });
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

  /** As a fetch from an up-to-date D1 would return it. */
  view(): Conversation {
    const me = this.#members.get(this.viewer) ?? { role: "member", read: 0 };
    const newest = this.#messages.at(-1);
    const last = newest ? plain(newest) : null;
    const unread = this.#messages.filter(
      ({ seq, sender_id, deleted_at }) => seq > me.read && sender_id !== this.viewer && !deleted_at,
    );
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
    const { last_seq, last_message, last_message_at, last_read_seq, unread_count } = this.#record.view;
    return { ...this.view(), last_seq, last_message, last_message_at, last_read_seq, unread_count };
  }

  messages(): MessageView[] {
    return this.#messages;
  }

  /** Pages behind it are at least as new as this one. */
  newestPage(): MessagePage {
    this.#record = { ...this.#record, messages: this.#messages };
    const data = this.#messages.slice(-PAGE).reverse();
    const isAll = this.#messages.length <= PAGE;
    const next_cursor = isAll ? null : String(data.at(-1)?.seq);
    return { data, next_cursor, prev_cursor: null, head: this.head, epoch: "e1" };
  }

  olderPage(before: string): MessagePage {
    const older = this.#messages
      .filter(({ seq }) => seq < Number(before))
      .map((message) => {
        // The object completes an older page with the reactions that the record lacks.
        const { reactions, pinned_at, pinned_by } = message;
        const recorded = this.#record.messages.find(({ id }) => id === message.id) ?? message;
        return { ...recorded, reactions, pinned_at, pinned_by };
      });
    const data = older.slice(-PAGE).reverse();
    const next_cursor = older.length > PAGE ? String(data.at(-1)?.seq) : null;
    return { data, next_cursor, prev_cursor: data[0] ? String(data[0].seq) : null };
  }

  inboxUpdate(): InboxUpdated {
    const { last_message, last_message_at, unread_count, last_seq } = this.view();
    const newest = last_message && last_message_at ? { last_message, last_message_at } : {};
    const partial = { ...newest, unread_count, last_seq };
    return { event: "inbox.updated", conversation_id: "c", rev: this.head, id: "c", partial, at: at(this.head) };
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

/** A message as events and inboxes have it. */
function plain({ reactions: _, pinned_at: __, pinned_by: ___, ...message }: MessageView): Message {
  return message;
}
