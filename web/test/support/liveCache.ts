import { createQueryClient, LiveCache } from "../../src/cache";
import type {
  Ack,
  CampanaClient,
  Conversation,
  ConversationListener,
  Invite,
  InviteCard,
  Member,
  MessagePage,
  MessageView,
  Position,
  Room,
  User,
  UserListener,
} from "../../src/client";

interface Me {
  user_id: string;
  name: string;
}

export const ANA = { user_id: "7", name: "Ana" };
export const BEN = { user_id: "8", name: "Ben" };

/** A cache with a fake client: no socket, no HTTP. */
export function liveCache(
  api: {
    inbox?: () => Conversation[];
    conversation?: () => Conversation;
    messages?: (before: string | undefined) => MessagePage;
    replies?: (threadId: string, before: string | undefined) => MessagePage;
    message?: (id: string) => MessageView;
    unread?: (seq: number) => number;
    user?: (id: string) => User;
    members?: (cursor: string | undefined) => Promise<Member[]> | Member[];
    invites?: () => Promise<InviteCard[]> | InviteCard[];
    roomInvites?: () => Invite[];
    acceptInvite?: (name: string) => Promise<Room>;
  },
  me: Me = ANA,
) {
  const sent: { client_msg_id: string; body: string }[] = [];
  const reads: number[] = [];
  const position: { known: Position | undefined } = { known: undefined };
  const listeners: { conversation?: ConversationListener; user?: UserListener } = {};
  const opened = { times: 0, now: false };
  const socket = {
    // As with the real socket, a second open does nothing.
    open: () => {
      if (!opened.now) opened.times += 1;
      opened.now = true;
    },
    close: () => {
      opened.now = false;
    },
    isBusy: false,
    get position() {
      return position.known;
    },
    startFrom: (known: Position) => {
      position.known = known;
    },
    send: (message: { client_msg_id: string; body: string }) => void sent.push(message),
    retry: () => {},
    discard: () => {},
    typing: () => {},
    read: (seq: number) => void reads.push(seq),
    unread: () => {},
  };
  const client = {
    clientId: "tab",
    api: {
      members: async (_: string, cursor?: string) => ({
        data: (await api.members?.(cursor)) ?? [],
        next_cursor: null,
      }),
      invites: async () => ({ data: (await api.invites?.()) ?? [], next_cursor: null }),
      roomInvites: async () => ({ data: api.roomInvites?.() ?? [], next_cursor: null }),
      acceptInvite: (name: string) => api.acceptInvite?.(name),
      inbox: async () => ({ data: api.inbox?.() ?? [], next_cursor: null }),
      conversation: async () => api.conversation?.(),
      replies: async (id: string, { before }: { before?: string }) => api.replies?.(id, before),
      message: async ({ id }: { id: string }) => api.message?.(id),
      user: async (id: string) => api.user?.(id),
      unread: async (_: string, seq: number) => ({ last_read_seq: api.unread?.(seq) }),
      messages: async (_: string, { before }: { before?: string }) => api.messages?.(before),
    },
    conversation: (_: string, listener: ConversationListener) => {
      listeners.conversation = listener;
      return socket;
    },
    me: (listener: UserListener) => {
      listeners.user = listener;
      return { open: () => {}, close: () => {} };
    },
  };
  const live = new LiveCache(client as unknown as CampanaClient, createQueryClient(), me);
  const listener = () => {
    if (!listeners.conversation) throw new Error("no conversation was opened");
    return listeners.conversation;
  };
  return {
    live,
    store: live.store,
    sent,
    reads,
    /** How often a conversation's socket was opened. */
    opened,
    /** The socket's position. */
    position,
    listener,
    user: () => listeners.user as UserListener,
    acknowledge: (message: Pick<Ack, "id" | "seq" | "created_at"> & { client_msg_id: string | null }) => {
      const { id, seq, created_at, client_msg_id } = message;
      listener().onAcknowledged({ type: "ack", client_msg_id: client_msg_id ?? "", id, seq, created_at });
    },
  };
}
