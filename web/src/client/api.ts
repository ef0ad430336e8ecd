import type { Environment, Transfer } from "./environment";
import type { Outgoing } from "./outbox";
import { Problem } from "./problem";
import type {
  Ban,
  Conversation,
  Invite,
  InviteCard,
  InviteDraft,
  MadeInvite,
  Member,
  Message,
  MessagePage,
  MessageView,
  Page,
  Position,
  Role,
  Room,
  Thread,
  ThreadPlace,
  User,
} from "./protocol";
import type { TokenSource } from "./token";

interface Call {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  body?: unknown;
  query?: Record<string, string | number | undefined>;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** The request continues if the page closes. */
  keepalive?: boolean;
  /** Time-out of `json`, milliseconds; by default `ANSWER_WITHIN_MS`. */
  withinMs?: number;
}

const MAX_THREAD_PAGES = 5;
/** An act that is not answered by then has failed for the user. */
const ANSWER_WITHIN_MS = 15_000;

/** The server finds a message by its id alone only after the flush to D1; with `conversation_id`, immediately. */
type MessageRef = Pick<Message, "id" | "conversation_id">;
type ThreadRef = Pick<Message, "thread_id" | "also_in_channel">;

/** HTTP API of chat. Every method throws a `Problem` on refusal. After a 401 the token is renewed and the call retried once. */
export class Api {
  constructor(
    readonly baseUrl: string,
    readonly clientId: string,
    readonly tokens: TokenSource,
    readonly environment: Environment,
  ) {}

  address(path: string, query: Call["query"] = {}): URL {
    const url = new URL(path, this.baseUrl);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    return url;
  }

  async json<T>(path: string, { withinMs = ANSWER_WITHIN_MS, ...call }: Call = {}): Promise<T> {
    const abort = new AbortController();
    const signal = call.signal ? AbortSignal.any([call.signal, abort.signal]) : abort.signal;
    let timer: ReturnType<typeof setTimeout> | undefined;
    // The time-out also covers `getToken`, which can hang.
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(Problem.unreachable()), withinMs);
    });
    const answer = async (): Promise<T> => {
      const response = await this.respond(path, { ...call, signal });
      const text = await response.text();
      return (text === "" ? undefined : JSON.parse(text)) as T;
    };
    try {
      return await Promise.race([answer(), timeout]);
    } catch (error) {
      // Also while `getToken` hangs: nothing is sent afterwards.
      abort.abort();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** The successful response of a call, with its body unread. Throws a `Problem` otherwise. */
  async respond(path: string, call: Call = {}): Promise<Response> {
    return this.#authorized((token) => this.#fetch(path, call, token));
  }

  /** Sends a body that may take long, and reports its progress; it has no time-out. Throws a `Problem` on refusal. */
  async transfer(path: string, { headers, ...transfer }: Transfer): Promise<Response> {
    return this.#authorized(async (token) => {
      transfer.signal.throwIfAborted();
      const all = { ...headers, authorization: `Bearer ${token}` };
      try {
        return await this.environment.transfer(this.address(path), { ...transfer, headers: all });
      } catch (error) {
        if (transfer.signal.aborted) throw error;
        throw Problem.unreachable();
      }
    });
  }

  async #authorized(send: (token: string) => Promise<Response>): Promise<Response> {
    const token = await this.tokens.current();
    const first = await send(token);
    if (first.status !== 401) return accepted(first);
    const renewed = await this.tokens.renewed(token);
    return accepted(await send(renewed));
  }

  async #fetch(path: string, call: Call, token: string): Promise<Response> {
    const headers: Record<string, string> = { ...call.headers, authorization: `Bearer ${token}` };
    const init: RequestInit = { method: call.method ?? "GET", headers };
    if (call.body !== undefined) {
      headers["content-type"] = "application/json";
      init.body = JSON.stringify(call.body);
    }
    if (call.signal) init.signal = call.signal;
    if (call.keepalive) init.keepalive = true;
    call.signal?.throwIfAborted();
    try {
      return await this.environment.fetch(this.address(path, call.query), init);
    } catch (error) {
      if (call.signal?.aborted) throw error;
      throw Problem.unreachable();
    }
  }

  inbox(cursor?: string): Promise<Page<Conversation>> {
    return this.json("/api/chat/conversations", { query: { limit: 100, cursor } });
  }

  conversation(id: string): Promise<Conversation> {
    return this.json(conversationPath(id));
  }

  /** Gets or creates the direct conversation with a user. */
  directConversation(userId: string): Promise<Conversation> {
    return this.json("/api/chat/conversations", {
      method: "POST",
      body: { type: "dm", user_id: userId },
    });
  }

  messages(
    conversationId: string,
    query: { limit?: number; before?: string; after?: string; around?: string } = {},
  ): Promise<MessagePage> {
    return this.json(`${conversationPath(conversationId)}/messages`, { query });
  }

  send(conversationId: string, message: Outgoing): Promise<Message> {
    const { message_type, ...rest } = message;
    const body = { ...rest, type: message_type ?? "text", origin_client_id: this.clientId };
    return this.json(`${conversationPath(conversationId)}/messages`, { method: "POST", body });
  }

  /**
   * Edits and deletions omit `origin_client_id`, so this tab receives the event in order like every other client.
   */
  edit({ id, conversation_id }: MessageRef, body: string): Promise<Message> {
    return this.json(messagePath(id), { method: "PUT", query: { conversation_id }, body: { body } });
  }

  delete({ id, conversation_id }: MessageRef): Promise<Message> {
    return this.json(messagePath(id), { method: "DELETE", query: { conversation_id } });
  }

  /** Adds the user's own reaction, or takes it back. */
  react({ id, conversation_id }: MessageRef, emoji: string, on: boolean): Promise<unknown> {
    const path = `${messagePath(id)}/reactions/${encodeURIComponent(emoji)}`;
    return this.json(path, { method: on ? "PUT" : "DELETE", query: { conversation_id } });
  }

  /** Pins a message, or unpins it. */
  pin({ id, conversation_id }: MessageRef, on: boolean): Promise<unknown> {
    return this.json(`${messagePath(id)}/pin`, { method: on ? "PUT" : "DELETE", query: { conversation_id } });
  }

  /** A message as it is now. Pages find a message by its id; there is no other way to read one. */
  async message({ id, conversation_id, thread_id, also_in_channel }: MessageRef & ThreadRef): Promise<MessageView> {
    const query = { limit: 1, around: id };
    const isReply = thread_id != null && !also_in_channel;
    const { data } = await (isReply ? this.replies(thread_id, query) : this.messages(conversation_id, query));
    const found = data.find((message) => message.id === id);
    if (!found) throw new Problem("not-found", 404, "message not found");
    return found;
  }

  /** A page of the thread of a message. */
  replies(threadId: string, query: { limit?: number; before?: string; around?: string } = {}): Promise<MessagePage> {
    return this.json(`${messagePath(threadId)}/replies`, { query });
  }

  /** Moves the user's marker in a thread to `seq`, or to the newest reply. */
  readReplies(threadId: string, seq?: number): Promise<ThreadPlace> {
    return this.json(`${messagePath(threadId)}/replies/read`, { method: "POST", body: { seq } });
  }

  /** Follows a thread, or stops following it. */
  follow(threadId: string, on: boolean): Promise<ThreadPlace> {
    return this.json(`${messagePath(threadId)}/follow`, { method: on ? "PUT" : "DELETE" });
  }

  /** The threads that the user follows, newest reply first; at most 500. */
  async allThreads(): Promise<Thread[]> {
    const found: Thread[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < MAX_THREAD_PAGES; page += 1) {
      const query = { limit: 100, cursor };
      const { data, next_cursor } = await this.json<Page<Thread>>("/api/chat/threads", { query });
      found.push(...data);
      if (!next_cursor) break;
      cursor = next_cursor;
    }
    return found;
  }

  /** The pinned messages, newest pin first; at most 100. */
  pins(conversationId: string): Promise<Page<MessageView>> {
    return this.json(`${conversationPath(conversationId)}/pins`, { query: { limit: 100 } });
  }

  read(conversationId: string, seq: number): Promise<unknown> {
    return this.json(`${conversationPath(conversationId)}/read`, { method: "POST", body: { seq } });
  }

  /** Marks the message at `seq` and those after it as unread. Later answers of the server have the new marker. */
  unread(conversationId: string, seq: number): Promise<{ last_read_seq: number }> {
    return this.json(`${conversationPath(conversationId)}/unread`, { method: "POST", body: { seq } });
  }

  /** Members of a conversation; with `q`, those of whose names each of its words begins a word. */
  membersNamed(conversationId: string, q: string): Promise<Page<Member>> {
    return this.json(`${conversationPath(conversationId)}/members`, { query: { q, limit: 20 } });
  }

  /** Opens the event stream after a position, for clients that cannot open a socket. */
  events(conversationId: string, position: Position | undefined, signal: AbortSignal): Promise<Response> {
    const headers: Record<string, string> = { accept: "text/event-stream" };
    if (position) headers["last-event-id"] = `${position.epoch}:${position.seq}`;
    const query = { client_id: this.clientId };
    return this.respond(`${conversationPath(conversationId)}/events`, { headers, query, signal });
  }

  rooms(query: { q?: string; cursor?: string } = {}): Promise<Page<Room>> {
    return this.json("/api/chat/rooms", { query: { limit: 100, ...query } });
  }

  room(id: string): Promise<Room> {
    return this.json(roomPath(id));
  }

  joinRoom(id: string): Promise<unknown> {
    return this.json(`${roomPath(id)}/join`, { method: "POST" });
  }

  leaveRoom(id: string): Promise<unknown> {
    return this.json(`${roomPath(id)}/leave`, { method: "POST" });
  }

  members(roomId: string, cursor?: string): Promise<Page<Member>> {
    return this.json(`${roomPath(roomId)}/members`, { query: { limit: 100, cursor } });
  }

  changeRole(roomId: string, userId: string, role: Role): Promise<unknown> {
    return this.json(memberPath(roomId, userId), { method: "PUT", body: { role } });
  }

  removeMember(roomId: string, userId: string): Promise<unknown> {
    return this.json(memberPath(roomId, userId), { method: "DELETE" });
  }

  mute(roomId: string, userId: string, until: string): Promise<unknown> {
    return this.json(`${memberPath(roomId, userId)}/mute`, { method: "POST", body: { until } });
  }

  unmute(roomId: string, userId: string): Promise<unknown> {
    return this.json(`${memberPath(roomId, userId)}/mute`, { method: "DELETE" });
  }

  /** Bans a user without an end time. */
  ban(roomId: string, userId: string, reason: string): Promise<unknown> {
    return this.json(`${memberPath(roomId, userId)}/ban`, { method: "POST", body: { reason } });
  }

  unban(roomId: string, userId: string): Promise<unknown> {
    return this.json(`${memberPath(roomId, userId)}/ban`, { method: "DELETE" });
  }

  bans(roomId: string): Promise<Page<Ban>> {
    return this.json(`${roomPath(roomId)}/bans`, { query: { limit: 100 } });
  }

  roomInvites(roomId: string): Promise<Page<Invite>> {
    return this.json(`${roomPath(roomId)}/invites`, { query: { limit: 100 } });
  }

  createInvite(roomId: string, draft: InviteDraft): Promise<MadeInvite> {
    return this.json(`${roomPath(roomId)}/invites`, { method: "POST", body: draft });
  }

  revokeInvite(roomId: string, id: string): Promise<unknown> {
    return this.json(`${roomPath(roomId)}/invites/${encodeURIComponent(id)}`, { method: "DELETE" });
  }

  /** Invites for the user that can still be accepted, newest first. */
  invites(): Promise<Page<InviteCard>> {
    return this.json("/api/chat/invites", { query: { limit: 100 } });
  }

  /** The invite's card. `name` is its token, or its id if it is addressed to the user; also in the next two methods. */
  invite(name: string): Promise<InviteCard> {
    return this.json(invitePath(name));
  }

  acceptInvite(name: string): Promise<Room> {
    return this.json(`${invitePath(name)}/accept`, { method: "POST" });
  }

  declineInvite(name: string): Promise<unknown> {
    return this.json(`${invitePath(name)}/decline`, { method: "POST" });
  }

  user(id: string): Promise<User> {
    return this.json(`/api/chat/users/${encodeURIComponent(id)}`);
  }

  users(q: string): Promise<Page<User>> {
    return this.json("/api/chat/users", { query: { q, limit: 20 } });
  }
}

function conversationPath(id: string): string {
  return `/api/chat/conversations/${encodeURIComponent(id)}`;
}

function roomPath(id: string): string {
  return `/api/chat/rooms/${encodeURIComponent(id)}`;
}

function memberPath(roomId: string, userId: string): string {
  return `${roomPath(roomId)}/members/${encodeURIComponent(userId)}`;
}

function invitePath(name: string): string {
  return `/api/chat/invites/${encodeURIComponent(name)}`;
}

function messagePath(id: string): string {
  return `/api/chat/messages/${encodeURIComponent(id)}`;
}

async function accepted(response: Response): Promise<Response> {
  if (response.ok) return response;
  throw await Problem.ofResponse(response);
}
