import type { QueryClient } from "@tanstack/react-query";
import {
  type CampanaClient,
  type Conversation,
  type LinkState,
  type OwnMembershipEvent,
  type Preferences,
  Problem,
  randomId,
  type UserSocket,
} from "../client";
import { Attachings } from "./attaching";
import { Blocks } from "./blocks";
import { ConversationEvents } from "./conversationEvents";
import { addToInbox, keepConversation, readUpTo, removeFromInbox, unreadFrom } from "./conversations";
import { Drafts } from "./drafts";
import { FollowedThreads } from "./followedThreads";
import { Histories } from "./history";
import { Inbox } from "./inbox";
import { MyInvites, RoomInvites } from "./invites";
import { keys } from "./keys";
import { Members } from "./members";
import { addPending, type NewMessage, patchMessage, removePending, retryPending } from "./messages";
import { Notifications } from "./notifications";
import { OwnLists } from "./ownLists";
import { answered, outgoing } from "./ownMessages";
import { changePreferences } from "./preferences";
import { Replies } from "./replies";
import { Rooms } from "./rooms";
import { Saved } from "./saved";
import { Scheduled } from "./scheduled";
import { Signals } from "./signals";
import { Store } from "./store";
import type { CachedMessage, Me, UnreadHold } from "./types";
import { WatchedConversations } from "./watchedConversations";

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
  readonly #conversations: WatchedConversations;
  readonly #events: ConversationEvents;
  readonly #me: UserSocket;

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
      (id) => this.#conversations.socket(id),
      (id) => this.#refreshBesides(id),
    );
    this.#conversations = new WatchedConversations((id) => client.conversation(id, this.#events.listener(id)));
    this.#inbox = new Inbox(client.api, this.store);
    this.#signals = new Signals(this.store, me.user_id);
    this.#events = new ConversationEvents(this, this.#signals);
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
      onFile: ({ id, partial }) => this.attachings.decided(id, partial.status),
      onScheduled: (event) => this.scheduled.apply(event),
      onDraft: (event) => this.drafts.apply(event),
      onSaved: (event) => this.saved.apply(event),
      onInvite: (event) => this.invites.apply(event),
      onMembership: (event) => this.#membershipChanged(event),
    });
  }

  start(): void {
    this.#conversations.start();
    this.#me.open();
  }

  stop(): void {
    this.#me.close();
    const { members, invites, roomInvites, attachings, drafts, threads, notifications } = this;
    for (const each of [this.#signals, members, invites, roomInvites, attachings, drafts, threads, notifications])
      each.stop();
    this.#conversations.stop();
  }

  /** Keeps a conversation live until the returned function is called. Watchers are counted. */
  watch(id: string): () => void {
    return this.#conversations.watch(id);
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
    this.#conversations.socket(conversationId).send(outgoing(client_msg_id, answers ?? parentId, message));
  }

  retry(conversationId: string, clientMsgId: string): void {
    retryPending(this.store, clientMsgId);
    this.#conversations.socket(conversationId).retry(clientMsgId);
  }

  discard(conversationId: string, clientMsgId: string): void {
    this.#conversations.socket(conversationId).discard(clientMsgId);
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
    this.#conversations.known(conversationId)?.read(seq);
  }

  /** Marks a message and those after it as unread. Returns whether that succeeded. */
  async unread({ conversation_id: id, seq }: CachedMessage): Promise<boolean> {
    try {
      const { last_read_seq } = await this.client.api.unread(id, seq);
      this.#conversations.known(id)?.unread(last_read_seq);
      this.store.set<UnreadHold>(keys.unreadHold(id), { before: seq - 1 });
      unreadFrom(this.store, id, last_read_seq, this.me.user_id);
      return true;
    } catch (error) {
      this.report(error, id);
      return false;
    }
  }

  typing(conversationId: string, on: boolean): void {
    this.#conversations.known(conversationId)?.typing(on);
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
    if (conversationId !== undefined) this.#events.applyMute(conversationId, problem);
    this.onProblem(problem);
  }

  /** The newest page has replaced a list of messages: what else is loaded of the conversation may lack events. */
  #refreshBesides(id: string): void {
    this.store.queries.removeQueries({ queryKey: keys.quotes(id) });
    this.replies.refresh(id);
  }

  #membershipChanged(event: OwnMembershipEvent): void {
    const { conversation_id: id } = event;
    this.members.apply(event);
    const counts = this.#inbox.changed(event);
    if (event.event === "member.joined") this.#rejoined(id);
    // A browser can report the close seconds later. Closing here makes a user who rejoins in between open a new socket
    // instead of waiting on the old one.
    else if (counts && event.event !== "member.updated") this.#conversations.known(id)?.close();
    if (event.event !== "member.updated") this.threads.refreshSoon();
  }

  /** The user is a member again of a conversation that is shown. */
  #rejoined(id: string): void {
    if (!this.#conversations.isWatched(id)) return;
    this.#conversations.known(id)?.open();
    if (this.store.messageIds(id)) return;
    this.loadMessages(id).catch(() => {
      // It is fetched the next time the conversation is shown.
    });
  }
}
