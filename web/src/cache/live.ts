import type { QueryClient } from "@tanstack/react-query";
import {
  type CampanaClient,
  type Conversation,
  type ConversationListener,
  type ConversationSocket,
  type Durable,
  type Ephemeral,
  isInvite,
  isThreadOnly,
  type LinkState,
  type Message,
  type OwnMembershipEvent,
  type Preferences,
  Problem,
  randomId,
  type UserSocket,
  type Welcome,
} from "../client";
import { isAnnotation } from "./annotations";
import { Attachings } from "./attaching";
import { Blocks } from "./blocks";
import {
  addToInbox,
  applyToConversation,
  keepConversation,
  readUpTo,
  receiptOfOwn,
  recountUnread,
  removeFromInbox,
  showNewest,
  unreadFrom,
} from "./conversations";
import { Drafts } from "./drafts";
import { FollowedThreads } from "./followedThreads";
import { Histories } from "./history";
import { Inbox } from "./inbox";
import { MyInvites, RoomInvites } from "./invites";
import { keys } from "./keys";
import { isAboutMember, Members } from "./members";
import {
  acknowledge,
  addMessage,
  addPending,
  failPending,
  type NewMessage,
  patchMessage,
  removePending,
  retryPending,
} from "./messages";
import { Notifications } from "./notifications";
import { OwnLists } from "./ownLists";
import { answered, findMentions, outgoing } from "./ownMessages";
import { changePreferences } from "./preferences";
import { Replies } from "./replies";
import { Rooms } from "./rooms";
import { Saved } from "./saved";
import { Scheduled } from "./scheduled";
import { Signals } from "./signals";
import { Store } from "./store";
import type { CachedMessage, Me, UnreadHold } from "./types";

/** A conversation that is no longer shown stays connected for this long, in case the user returns. */
const LINGER_MS = 5_000;

interface Watched {
  socket: ConversationSocket;
  watchers: number;
  linger: ReturnType<typeof setTimeout> | undefined;
}

/**
 * Keeps the query cache live: loads, patches from socket events, and sends. One instance per user and tab, outside of
 * all components. Socket events only patch; nothing is invalidated.
 */
export class LiveCache {
  readonly store: Store;
  readonly members: Members;
  readonly invites: MyInvites;
  readonly roomInvites: RoomInvites;
  readonly attachings: Attachings;
  readonly drafts: Drafts;
  readonly saved: Saved;
  readonly blocks: Blocks;
  readonly rooms: Rooms;
  readonly histories: Histories;
  readonly replies: Replies;
  readonly threads: FollowedThreads;
  readonly notifications: Notifications;
  readonly scheduled: Scheduled;
  readonly #inbox: Inbox;
  readonly #signals: Signals;
  readonly #conversations = new Map<string, Watched>();
  readonly #me: UserSocket;
  #isClosed = false;

  constructor(
    readonly client: CampanaClient,
    queries: QueryClient,
    readonly me: Me,
    /** Called when the server refuses an action of the user. */
    readonly onProblem: (problem: Problem) => void = () => {},
  ) {
    this.store = new Store(queries);
    this.members = new Members(client.api, this.store, me);
    this.invites = new MyInvites(client.api, this.store);
    this.roomInvites = new RoomInvites(client.api, this.store);
    this.attachings = new Attachings(client.files, ({ conversationId, parentId }, { text, ...message }) =>
      this.send(conversationId, text, parentId, message),
    );
    this.drafts = new Drafts(client.personal, this.store);
    this.saved = new Saved(client.personal, this.store);
    this.blocks = new Blocks(client.personal, this.store);
    this.notifications = new Notifications(client.notifications, this.store);
    this.scheduled = new Scheduled(client.personal, this.store, this.drafts);
    this.rooms = new Rooms(client.api, client.moderation, this.store);
    this.threads = new FollowedThreads(client.api, this.store, me.user_id);
    this.replies = new Replies(client.api, this.store, me.user_id);
    this.histories = new Histories(
      client.api,
      this.store,
      me.user_id,
      (id) => this.#watched(id).socket,
      (id) => this.#refreshBesides(id),
    );
    this.#inbox = new Inbox(client.api, this.store);
    this.#signals = new Signals(this.store, me.user_id);
    const lists = new OwnLists(this.store, [
      { key: keys.inbox, load: () => this.#inbox.load() },
      { key: keys.myInvites, load: () => this.invites.load() },
      { key: keys.drafts, load: () => this.drafts.load() },
      { key: keys.saved, load: () => this.saved.load() },
      { key: keys.threads, load: () => this.threads.load() },
      { key: keys.blocks, load: () => this.blocks.load() },
      { key: keys.notificationCount, load: () => this.notifications.count() },
      { key: keys.notifications("all"), load: () => this.notifications.load("all") },
      { key: keys.notifications("unread"), load: () => this.notifications.load("unread") },
      { key: keys.scheduled, load: () => this.scheduled.load() },
    ]);
    this.#me = client.me({
      onState: (state) => this.store.set<LinkState>(keys.inboxConnection, state),
      onMissed: () => void lists.refresh(),
      onInboxUpdated: (event) => this.#inbox.updated(event),
      onPreferences: (event) => this.#inbox.preferencesChanged(event),
      onThread: (event) => this.threads.apply(event),
      onNotification: (event) => {
        this.notifications.apply(event);
        // The socket of the conversation reports a reply only while it is open.
        if (event.partial.message?.parent_id) this.threads.refreshSoon();
      },
      onNotificationsRead: (event) => this.notifications.apply(event),
      onScheduled: (event) => this.scheduled.apply(event),
      onDraft: (event) => this.drafts.apply(event),
      onSaved: (event) => this.saved.apply(event),
      onInvite: (event) => this.invites.apply(event),
      onMembership: (event) => this.#membershipChanged(event),
    });
  }

  start(): void {
    this.#isClosed = false;
    this.#me.open();
  }

  stop(): void {
    this.#isClosed = true;
    this.#me.close();
    const { members, invites, roomInvites, attachings, drafts, threads, notifications } = this;
    for (const each of [this.#signals, members, invites, roomInvites, attachings, drafts, threads, notifications])
      each.stop();
    for (const { socket, linger } of this.#conversations.values()) {
      clearTimeout(linger);
      socket.close();
    }
  }

  /** Keeps a conversation live until the returned function is called. Watchers are counted. */
  watch(id: string): () => void {
    const watched = this.#watched(id);
    watched.watchers += 1;
    clearTimeout(watched.linger);
    watched.socket.open();
    let isReleased = false;
    return () => {
      if (isReleased) return;
      isReleased = true;
      watched.watchers -= 1;
      if (watched.watchers === 0) this.#closeLater(watched);
    };
  }

  /** The inbox's ids. Also the query function of its key. */
  loadInbox(): Promise<string[]> {
    return this.#inbox.load();
  }

  async loadConversation(id: string): Promise<Conversation> {
    const begun = Date.now();
    const fetched = await this.client.api.conversation(id);
    keepConversation(this.store, fetched, begun);
    return this.store.conversation(id) ?? fetched;
  }

  /** The newest page's ids. Also the query function of its key. */
  loadMessages(id: string): Promise<string[]> {
    return this.histories.loadNewest(id);
  }

  /** Sends a message; `parentId` is the first message of the thread that it belongs to. */
  send(
    conversationId: string,
    text: string,
    parentId?: string,
    { quoteId, alsoInChannel = false, attachments = [] }: Omit<NewMessage, "body" | "answers"> = {},
  ): void {
    const message = { body: text.trim(), quoteId, alsoInChannel, attachments };
    if (message.body === "" && attachments.length === 0) return;
    const client_msg_id = randomId();
    const place = { conversationId, parentId };
    const answers = parentId && answered(this.store, parentId);
    addPending(this.store, place, client_msg_id, this.me, { ...message, answers });
    this.drafts.sent(place, client_msg_id);
    this.#watched(conversationId).socket.send(outgoing(client_msg_id, answers ?? parentId, message));
  }

  retry(conversationId: string, clientMsgId: string): void {
    retryPending(this.store, clientMsgId);
    this.#watched(conversationId).socket.retry(clientMsgId);
  }

  discard(conversationId: string, clientMsgId: string): void {
    this.#watched(conversationId).socket.discard(clientMsgId);
    removePending(this.store, clientMsgId);
    this.drafts.settled(clientMsgId);
  }

  /** Shows the new body immediately, and restores the old one on refusal. */
  async edit(message: CachedMessage, body: string): Promise<void> {
    const shown = { ...message, body: body.trim() };
    this.store.set(keys.message(message.id), shown);
    try {
      const edited = await this.client.api.edit(message, shown.body);
      patchMessage(this.store, message.conversation_id, message.id, edited);
    } catch (error) {
      if (this.store.message(message.id) === shown) this.store.set(keys.message(message.id), message);
      this.report(error, message.conversation_id);
    }
  }

  /** The cache changes when the event arrives, as on every client. */
  delete(message: CachedMessage): Promise<boolean> {
    return this.attempt(this.client.api.delete(message));
  }

  /** Adds the user's own reaction, or takes it back. The cache changes when the event arrives. */
  react(message: CachedMessage, emoji: string, on: boolean): Promise<boolean> {
    return this.attempt(this.client.api.react(message, emoji, on), message.conversation_id);
  }

  /** Pins a message, or unpins it. The cache changes when the event arrives. */
  pin(message: CachedMessage, on: boolean): Promise<boolean> {
    return this.attempt(this.client.api.pin(message, on), message.conversation_id);
  }

  /** Runs an act of the user, and reports its refusal. Returns whether it succeeded. */
  async attempt(act: Promise<unknown>, conversationId?: string): Promise<boolean> {
    try {
      await act;
      return true;
    } catch (error) {
      this.report(error, conversationId);
      return false;
    }
  }

  changePreferences(id: string, change: Partial<Preferences>): Promise<boolean> {
    return this.attempt(changePreferences(this.client.personal, this.store, id, change));
  }

  /** Messages that the user has marked as unread count as read again once they are seen. */
  readAgain(conversationId: string): void {
    if (this.store.get(keys.unreadHold(conversationId))) this.store.set(keys.unreadHold(conversationId), null);
  }

  read(conversationId: string, seq: number): void {
    readUpTo(this.store, conversationId, seq, this.me.user_id);
    this.#conversations.get(conversationId)?.socket.read(seq);
  }

  /** Marks a message and those after it as unread. Returns whether that succeeded. */
  async unread({ conversation_id: id, seq }: CachedMessage): Promise<boolean> {
    try {
      const { last_read_seq } = await this.client.api.unread(id, seq);
      this.#conversations.get(id)?.socket.unread(last_read_seq);
      this.store.set<UnreadHold>(keys.unreadHold(id), { before: seq - 1 });
      unreadFrom(this.store, id, last_read_seq, this.me.user_id);
      return true;
    } catch (error) {
      this.report(error, id);
      return false;
    }
  }

  typing(conversationId: string, on: boolean): void {
    this.#conversations.get(conversationId)?.socket.typing(on);
  }

  /** Gets or creates the direct conversation with a user and adds it to the inbox. */
  async talkTo(userId: string): Promise<Conversation> {
    const conversation = await this.client.api.directConversation(userId);
    addToInbox(this.store, conversation);
    return conversation;
  }

  joined(conversationId: string): Promise<void> {
    return this.#inbox.add(conversationId);
  }

  left(conversationId: string): void {
    removeFromInbox(this.store, conversationId);
    this.store.drop(keys.conversation(conversationId));
  }

  /** Reports a refusal. A mute also updates the composer of `conversationId`. */
  report(error: unknown, conversationId?: string): void {
    const problem = Problem.of(error);
    if (conversationId !== undefined) this.#applyMute(conversationId, problem);
    this.onProblem(problem);
  }

  #watched(id: string): Watched {
    let watched = this.#conversations.get(id);
    if (!watched) {
      const socket = this.client.conversation(id, this.#listener(id));
      watched = { socket, watchers: 0, linger: undefined };
      this.#conversations.set(id, watched);
    }
    return watched;
  }

  #closeLater(watched: Watched): void {
    clearTimeout(watched.linger);
    watched.linger = setTimeout(() => {
      // Closes only after all messages are acknowledged.
      if (watched.socket.isBusy && !this.#isClosed) this.#closeLater(watched);
      else watched.socket.close();
    }, LINGER_MS);
  }

  #listener(id: string): ConversationListener {
    const store = this.store;
    return {
      onState: (state) => {
        store.set<LinkState>(keys.connection(id), state);
        if (state === "forbidden") removeFromInbox(store, id);
        if (state !== "live") this.#signals.forget(id);
      },
      onWelcome: (welcome) => this.#welcomed(id, welcome),
      onEvent: (event) => this.#apply(event),
      onEphemeral: (event) => this.#applyEphemeral(event),
      onAcknowledged: (ack) => {
        this.drafts.settled(ack.client_msg_id);
        const message = acknowledge(store, ack.client_msg_id, ack);
        if (!message) return;
        showNewest(store, message);
        this.#hasWritten(message);
        this.threads.replied(message);
        findMentions(this.client.api, store, message).catch(() => {
          // They are not highlighted until the message is loaded again.
        });
      },
      onRefused: (clientMsgId, problem) => {
        failPending(store, clientMsgId, problem.slug);
        this.#applySlowMode(id, problem);
        this.#applyMute(id, problem);
      },
      onDelayed: (problem) => this.#applySlowMode(id, problem),
      onReset: () => {
        this.loadMessages(id).catch(() => {
          // The list stays unchanged; the next connection retries.
        });
        this.loadConversation(id).catch(() => {});
        this.#reloadMembers(id);
      },
      onProblem: (problem) => {
        if (!this.#applyMute(id, problem) && problem.slug !== "rate-limited") this.onProblem(problem);
      },
    };
  }

  #welcomed(id: string, { you, online, online_count }: Welcome): void {
    this.#signals.present(id, { people: online, count: online_count });
    this.store.patchConversation(id, { role: you.role });
    readUpTo(this.store, id, you.last_read_seq, this.me.user_id);
  }

  #apply(event: Durable): void {
    const { store, me } = this;
    applyToConversation(store, event, me.user_id);
    this.replies.record(event);
    if (isAnnotation(event)) this.histories.apply(event);
    if (event.event === "thread.updated") this.threads.counted(event);
    if (event.event === "conversation.updated") this.rooms.apply(event);
    if (isAboutMember(event)) this.members.apply(event);
    if (event.event === "member.removed" && event.partial.banned) this.#reloadBans(event.conversation_id);
    switch (event.event) {
      case "message.created":
        addMessage(store, event.partial, me.user_id);
        this.threads.replied(event.partial);
        // Nobody wrote a system message.
        if (event.partial.type === "system") break;
        this.#signals.stoppedTyping(event.conversation_id, event.partial.sender_id);
        if (event.partial.sender_id === me.user_id) this.#hasWritten(event.partial);
        break;
      case "message.updated":
      case "message.deleted":
        patchMessage(store, event.conversation_id, event.id, event.partial);
        break;
    }
    recountUnread(store, event.conversation_id, me.user_id);
  }

  /**
   * Sending marks as read up to the message. The server moves its marker too and sends no separate event. A reply that is shown in its
   * thread only marks nothing.
   */
  #hasWritten(message: Message): void {
    if (isThreadOnly(message)) return;
    const { conversation_id: id, seq } = message;
    if (seq > (this.store.conversation(id)?.last_read_seq ?? 0)) this.readAgain(id);
    readUpTo(this.store, id, seq, this.me.user_id);
  }

  /** The newest page has replaced a list of messages: what else is loaded of the conversation may lack events. */
  #refreshBesides(id: string): void {
    this.store.queries.removeQueries({ queryKey: keys.quotes(id) });
    this.replies.refresh(id);
  }

  #applyEphemeral(event: Ephemeral): void {
    if (isInvite(event)) {
      this.roomInvites.apply(event);
    } else if (event.event === "message.read" && event.partial.user_id === this.me.user_id) {
      receiptOfOwn(this.store, event.conversation_id, event.partial.seq, this.me.user_id);
    } else {
      this.#signals.apply(event);
    }
  }

  #membershipChanged(event: OwnMembershipEvent): void {
    const { conversation_id: id } = event;
    this.members.apply(event);
    const counts = this.#inbox.changed(event);
    if (event.event === "member.joined") this.#rejoined(id);
    // A browser can report the close seconds later. Closing here makes a user who rejoins in between open a new socket
    // instead of waiting on the old one.
    else if (counts && event.event !== "member.updated") this.#conversations.get(id)?.socket.close();
    if (event.event !== "member.updated") this.threads.refreshSoon();
  }

  /** The user is a member again of a conversation that is shown. */
  #rejoined(id: string): void {
    const watched = this.#conversations.get(id);
    if (!watched || watched.watchers === 0) return;
    watched.socket.open();
    if (this.store.messageIds(id)) return;
    this.loadMessages(id).catch(() => {
      // It is fetched the next time the conversation is shown.
    });
  }

  /** Reloads the members after a reset, because events may be missing. */
  #reloadMembers(id: string): void {
    const roomId = this.store.conversation(id)?.room_id;
    if (!roomId || !this.store.memberIds(id)) return;
    this.members.load(id, roomId).catch(() => {
      // The list stays unchanged; the next connection retries.
    });
  }

  /** Events do not carry the reason and end of a ban: refetches the bans if they are shown. */
  #reloadBans(id: string): void {
    const roomId = this.store.conversation(id)?.room_id;
    if (roomId) void this.store.queries.refetchQueries({ queryKey: keys.bans(roomId), exact: true, type: "active" });
  }

  /** The composer shows how long slow mode makes the user wait. */
  #applySlowMode(id: string, { slug, retryAfterMs = 0 }: Problem): void {
    if (slug === "slow-mode") this.store.set(keys.slowUntil(id), Date.now() + retryAfterMs);
  }

  /** Applies a `muted` problem to the cached member. Returns true if it was one: the composer shows it. */
  #applyMute(id: string, { slug, until }: Problem): boolean {
    if (slug !== "muted" || until === undefined) return false;
    this.members.mutedMyself(id, until);
    return true;
  }
}
