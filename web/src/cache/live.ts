import type { QueryClient } from "@tanstack/react-query";
import {
  type CampanaClient,
  type Conversation,
  type ConversationListener,
  type ConversationSocket,
  type Durable,
  type Ephemeral,
  type InboxUpdated,
  type LinkState,
  type Message,
  type Person,
  Problem,
  randomId,
  type UserSocket,
  type Welcome,
} from "../client";
import {
  addToInbox,
  applyInboxUpdate,
  applyToConversation,
  catchUpWithPage,
  keepConversation,
  readUpTo,
  recountUnread,
  removeFromInbox,
  showNewest,
  sortInbox,
} from "./conversations";
import { keys } from "./keys";
import {
  acknowledge,
  addMessage,
  addPage,
  addPending,
  failPending,
  patchMessage,
  removePending,
  replaceWithNewestPage,
  retryPending,
} from "./messages";
import { Signals } from "./signals";
import { Store } from "./store";
import { type CachedMessage, type History, pendingId } from "./types";

const PAGE = 50;
const INBOX_PAGES = 5;
/** A conversation one has just left stays connected for a moment, for who comes right back. */
const LINGER_MS = 5_000;

interface Watched {
  socket: ConversationSocket;
  watchers: number;
  linger: ReturnType<typeof setTimeout> | undefined;
}

/**
 * Keeps the query cache live: loads, patches what the sockets tell, and sends. One per signed-in person and tab,
 * outside of all components. The sockets only ever patch; nothing is invalidated.
 */
export class LiveCache {
  readonly store: Store;
  readonly #signals: Signals;
  readonly #conversations = new Map<string, Watched>();
  readonly #me: UserSocket;
  #isClosed = false;

  constructor(
    readonly client: CampanaClient,
    queries: QueryClient,
    readonly me: Person,
    /** Something the person asked for was refused. */
    readonly onProblem: (problem: Problem) => void = () => {},
  ) {
    this.store = new Store(queries);
    this.#signals = new Signals(this.store, me.user_id);
    let welcomes = 0;
    this.#me = client.me({
      onState: (state) => this.store.set<LinkState>(keys.inboxConnection, state),
      onWelcome: () => {
        welcomes += 1;
        // What was told while the socket was away is in the inbox as it stands now.
        if (welcomes > 1 || this.store.inboxIds()) void this.#refreshInbox();
      },
      onInboxUpdated: (event) => this.#inboxUpdated(event),
    });
  }

  start(): void {
    this.#isClosed = false;
    this.#me.open();
  }

  stop(): void {
    this.#isClosed = true;
    this.#me.close();
    this.#signals.stop();
    for (const { socket, linger } of this.#conversations.values()) {
      clearTimeout(linger);
      socket.close();
    }
  }

  /** Keeps a conversation live until the returned function is called. Any number may watch. */
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
  async loadInbox(): Promise<string[]> {
    const found: Conversation[] = [];
    let cursor: string | null = null;
    for (let page = 0; page < INBOX_PAGES; page += 1) {
      const { data, next_cursor } = await this.client.api.inbox(cursor ?? undefined);
      found.push(...data);
      cursor = next_cursor;
      if (!cursor) break;
    }
    for (const conversation of found) keepConversation(this.store, conversation);
    sortInbox(
      this.store,
      found.map(({ id }) => id),
    );
    return this.store.inboxIds() ?? [];
  }

  async loadConversation(id: string): Promise<Conversation> {
    const fetched = await this.client.api.conversation(id);
    keepConversation(this.store, fetched);
    return this.store.conversation(id) ?? fetched;
  }

  /** The newest page's ids. Also the query function of its key. */
  async loadMessages(id: string): Promise<string[]> {
    const page = await this.client.api.messages(id, { limit: PAGE });
    const { socket } = this.#watched(id);
    const { epoch, head } = page;
    const known = socket.position;
    if (known && known.epoch === epoch && known.seq >= (head ?? 0)) {
      // The list is complete up to here; the page can only be older.
      addPage(this.store, id, page);
    } else {
      this.#setHistory(id, { olderCursor: page.next_cursor, loading: false, failed: false });
      replaceWithNewestPage(this.store, id, page);
      catchUpWithPage(this.store, id, page, this.me.user_id);
      if (epoch !== undefined && head !== undefined) socket.startFrom({ epoch, seq: head });
    }
    // Events that waited for the page have changed the list already.
    return this.store.messageIds(id) ?? [];
  }

  async loadOlder(id: string): Promise<void> {
    const history = this.store.get<History>(keys.history(id));
    if (!history?.olderCursor || history.loading) return;
    const before = history.olderCursor;
    this.#setHistory(id, { ...history, loading: true, failed: false });
    try {
      const page = await this.client.api.messages(id, { limit: PAGE, before });
      // A reload has come between: this page belongs to a list that is gone.
      if (this.store.get<History>(keys.history(id))?.olderCursor !== before) return;
      addPage(this.store, id, page);
      this.#setHistory(id, { olderCursor: page.next_cursor, loading: false, failed: false });
      recountUnread(this.store, id, this.me.user_id);
    } catch {
      this.#setHistory(id, { ...history, loading: false, failed: true });
    }
  }

  send(conversationId: string, text: string): void {
    const body = text.trim();
    if (body === "") return;
    const client_msg_id = randomId();
    const message: CachedMessage = {
      id: pendingId(client_msg_id),
      conversation_id: conversationId,
      seq: 0,
      sender_id: this.me.user_id,
      sender_name: this.me.name,
      type: "text",
      body,
      metadata: null,
      parent_id: null,
      client_msg_id,
      created_at: new Date().toISOString(),
      edited_at: null,
      deleted_at: null,
      updated_at: null,
      delivery: "pending",
    };
    addPending(this.store, message);
    this.#watched(conversationId).socket.send({ client_msg_id, body });
  }

  retry(conversationId: string, clientMsgId: string): void {
    retryPending(this.store, clientMsgId);
    this.#watched(conversationId).socket.retry(clientMsgId);
  }

  discard(conversationId: string, clientMsgId: string): void {
    this.#watched(conversationId).socket.discard(clientMsgId);
    removePending(this.store, conversationId, clientMsgId);
  }

  /** Shows the new body at once, and the old one again if it is refused. */
  async edit(message: CachedMessage, body: string): Promise<void> {
    const shown = { ...message, body: body.trim() };
    this.store.set(keys.message(message.id), shown);
    try {
      const edited = await this.client.api.edit(message, shown.body);
      patchMessage(this.store, message.conversation_id, message.id, edited);
    } catch (error) {
      if (this.store.message(message.id) === shown) this.store.set(keys.message(message.id), message);
      this.#report(error);
    }
  }

  /** The event takes the message away, here as everywhere. */
  async delete(message: CachedMessage): Promise<void> {
    try {
      await this.client.api.delete(message);
    } catch (error) {
      this.#report(error);
    }
  }

  read(conversationId: string, seq: number): void {
    readUpTo(this.store, conversationId, seq, this.me.user_id);
    this.#conversations.get(conversationId)?.socket.read(seq);
  }

  typing(conversationId: string, on: boolean): void {
    this.#conversations.get(conversationId)?.socket.typing(on);
  }

  /** The direct conversation with somebody, as the first of the inbox if it is new. */
  async talkTo(userId: string): Promise<Conversation> {
    const conversation = await this.client.api.directConversation(userId);
    addToInbox(this.store, conversation);
    return conversation;
  }

  async joined(conversationId: string): Promise<void> {
    addToInbox(this.store, await this.client.api.conversation(conversationId));
  }

  left(conversationId: string): void {
    removeFromInbox(this.store, conversationId);
    this.store.drop(keys.conversation(conversationId));
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
      // Not before everything is on its way that the person has written.
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
        const message = acknowledge(store, ack.client_msg_id, ack);
        if (!message) return;
        showNewest(store, message);
        this.#hasWritten(message);
      },
      onRefused: (clientMsgId, problem) => failPending(store, clientMsgId, problem.slug),
      onReset: () => {
        this.loadMessages(id).catch(() => {
          // The list stays as it was; the next connection asks again.
        });
        this.loadConversation(id).catch(() => {});
      },
      onProblem: (problem) => {
        if (problem.slug !== "rate-limited") this.onProblem(problem);
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
    switch (event.event) {
      case "message.created":
        addMessage(store, event.partial, me.user_id);
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

  /** Whoever writes has read up to there: the server moves the marker too, and tells nobody apart. */
  #hasWritten({ conversation_id, seq }: Message): void {
    readUpTo(this.store, conversation_id, seq, this.me.user_id);
  }

  #applyEphemeral(event: Ephemeral): void {
    if (event.event === "message.read" && event.partial.user_id === this.me.user_id) {
      readUpTo(this.store, event.conversation_id, event.partial.seq, this.me.user_id);
    } else {
      this.#signals.apply(event);
    }
  }

  #inboxUpdated(event: InboxUpdated): void {
    if (!this.store.inboxIds() || applyInboxUpdate(this.store, event)) return;
    // A conversation that is new here: it is fetched once, alone.
    this.joined(event.conversation_id).catch(() => {
      // Gone again, or the connection is; then the inbox is fetched with the next one.
    });
  }

  async #refreshInbox(): Promise<void> {
    await this.loadInbox().catch(() => {
      // The connection is gone again, and comes back here.
    });
  }

  #setHistory(id: string, history: History): void {
    this.store.set(keys.history(id), history);
  }

  #report(error: unknown): void {
    this.onProblem(error instanceof Problem ? error : Problem.unreachable());
  }
}
