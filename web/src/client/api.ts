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
  Page,
  Position,
  Role,
  Room,
  SendFrame,
  User,
} from "./protocol";
import type { Surroundings } from "./surroundings";
import type { TokenSource } from "./token";

/** A message to send. */
export type Draft = Omit<SendFrame, "type">;

interface Call {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  body?: unknown;
  query?: Record<string, string | number | undefined>;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** Whether the request continues after the page is closed. */
  keepalive?: boolean;
}

/** A message and its conversation: the server then finds it before it is flushed to the record. */
type MessageName = Pick<Message, "id" | "conversation_id">;

/** The HTTP API. Every refusal is a thrown `Problem`; an expired token is renewed once. */
export class Api {
  constructor(
    readonly baseUrl: string,
    readonly clientId: string,
    readonly tokens: TokenSource,
    readonly surroundings: Surroundings,
  ) {}

  address(path: string, query: Call["query"] = {}): URL {
    const url = new URL(path, this.baseUrl);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    return url;
  }

  async json<T>(path: string, call: Call = {}): Promise<T> {
    const response = await this.respond(path, call);
    const text = await response.text();
    return (text === "" ? undefined : JSON.parse(text)) as T;
  }

  /** The response of a call that succeeded, with its body unread. */
  async respond(path: string, call: Call = {}): Promise<Response> {
    const token = await this.tokens.current();
    const first = await this.#fetch(path, call, token);
    if (first.status !== 401) return accepted(first);
    const renewed = await this.tokens.renewed(token);
    return accepted(await this.#fetch(path, call, renewed));
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
    try {
      return await this.surroundings.fetch(this.address(path, call.query), init);
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

  /** The direct conversation with a person: the existing one, or a new one. */
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

  send(conversationId: string, draft: Draft): Promise<Message> {
    const { message_type, ...rest } = draft;
    const body = { ...rest, type: message_type ?? "text", origin_client_id: this.clientId };
    return this.json(`${conversationPath(conversationId)}/messages`, { method: "POST", body });
  }

  /**
   * Edits and deletions carry no `origin_client_id`, so this tab gets their events in order like every other tab.
   */
  edit({ id, conversation_id }: MessageName, body: string): Promise<Message> {
    return this.json(messagePath(id), { method: "PUT", query: { conversation_id }, body: { body } });
  }

  delete({ id, conversation_id }: MessageName): Promise<Message> {
    return this.json(messagePath(id), { method: "DELETE", query: { conversation_id } });
  }

  read(conversationId: string, seq: number): Promise<unknown> {
    return this.json(`${conversationPath(conversationId)}/read`, { method: "POST", body: { seq } });
  }

  /** The stream of events after a position, for networks that let no WebSocket through. */
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

  /** Bans a person until the ban is lifted. */
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

  /** Open invites for the user, newest first. */
  invites(): Promise<Page<InviteCard>> {
    return this.json("/api/chat/invites", { query: { limit: 100 } });
  }

  /** An invite by its token, or by its id if it is for the user; the next two methods take the same name. */
  invite(name: string): Promise<InviteCard> {
    return this.json(invitePath(name));
  }

  acceptInvite(name: string): Promise<Room> {
    return this.json(`${invitePath(name)}/accept`, { method: "POST" });
  }

  declineInvite(name: string): Promise<unknown> {
    return this.json(`${invitePath(name)}/decline`, { method: "POST" });
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
