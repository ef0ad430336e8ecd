import {
  type ConversationListener,
  type Durable,
  type Ephemeral,
  isInvite,
  isThreadOnly,
  type LinkState,
  type Message,
  type Problem,
  type Welcome,
} from "../client";
import { isAnnotation } from "./annotations";
import {
  applyToConversation,
  readUpTo,
  receiptOfOwn,
  recountUnread,
  removeFromInbox,
  showNewest,
} from "./conversations";
import { keys } from "./keys";
import type { LiveCache } from "./live";
import { isAboutMember } from "./members";
import { acknowledge, addMessage, failPending, patchMessage } from "./messages";
import { findMentions } from "./ownMessages";
import type { Signals } from "./signals";

/** Patches the cache from what the sockets of conversations report. */
export class ConversationEvents {
  constructor(
    readonly live: LiveCache,
    readonly signals: Signals,
  ) {}

  listener(id: string): ConversationListener {
    const store = this.live.store;
    return {
      onState: (state) => {
        store.set<LinkState>(keys.connection(id), state);
        if (state === "forbidden") removeFromInbox(store, id);
        if (state !== "live") this.signals.forget(id);
      },
      onWelcome: (welcome) => this.#welcomed(id, welcome),
      onEvent: (event) => this.#apply(event),
      onEphemeral: (event) => this.#applyEphemeral(event),
      onAcknowledged: (ack) => {
        this.live.drafts.settled(ack.client_msg_id);
        const message = acknowledge(store, ack.client_msg_id, ack);
        if (!message) return;
        showNewest(store, message);
        this.#hasWritten(message);
        this.live.threads.replied(message);
        findMentions(this.live.client.api, store, message).catch(() => {
          // They are not highlighted until the message is loaded again.
        });
      },
      onRefused: (clientMsgId, problem) => {
        failPending(store, clientMsgId, problem.slug);
        this.#applySlowMode(id, problem);
        this.applyMute(id, problem);
      },
      onDelayed: (problem) => this.#applySlowMode(id, problem),
      onReset: () => {
        this.live.loadMessages(id).catch(() => {
          // The list stays unchanged; the next connection retries.
        });
        this.live.loadConversation(id).catch(() => {});
        this.#reloadMembers(id);
      },
      onProblem: (problem) => {
        if (!this.applyMute(id, problem) && problem.slug !== "rate-limited") this.live.onProblem(problem);
      },
    };
  }

  #welcomed(id: string, { you, online, online_count }: Welcome): void {
    this.signals.present(id, { people: online, count: online_count });
    this.live.store.patchConversation(id, { role: you.role });
    readUpTo(this.live.store, id, you.last_read_seq, this.live.me.user_id);
  }

  #apply(event: Durable): void {
    const { store, me } = this.live;
    applyToConversation(store, event, me.user_id);
    this.live.replies.record(event);
    if (isAnnotation(event)) this.live.histories.apply(event);
    if (event.event === "thread.updated") this.live.threads.counted(event);
    if (event.event === "conversation.updated") this.live.rooms.apply(event);
    if (isAboutMember(event)) this.live.members.apply(event);
    if (event.event === "member.removed" && event.partial.banned) this.#reloadBans(event.conversation_id);
    switch (event.event) {
      case "message.created":
        addMessage(store, event.partial, me.user_id);
        this.live.threads.replied(event.partial);
        // Nobody wrote a system message.
        if (event.partial.type === "system") break;
        this.signals.stoppedTyping(event.conversation_id, event.partial.sender_id);
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
    if (seq > (this.live.store.conversation(id)?.last_read_seq ?? 0)) this.live.readAgain(id);
    readUpTo(this.live.store, id, seq, this.live.me.user_id);
  }

  #applyEphemeral(event: Ephemeral): void {
    if (isInvite(event)) {
      this.live.roomInvites.apply(event);
    } else if (event.event === "message.read" && event.partial.user_id === this.live.me.user_id) {
      receiptOfOwn(this.live.store, event.conversation_id, event.partial.seq, this.live.me.user_id);
    } else {
      this.signals.apply(event);
    }
  }

  /** Reloads the members after a reset, because events may be missing. */
  #reloadMembers(id: string): void {
    const roomId = this.live.store.conversation(id)?.room_id;
    if (!roomId || !this.live.store.memberIds(id)) return;
    this.live.members.load(id, roomId).catch(() => {
      // The list stays unchanged; the next connection retries.
    });
  }

  /** Events do not carry the reason and end of a ban: refetches the bans if they are shown. */
  #reloadBans(id: string): void {
    const roomId = this.live.store.conversation(id)?.room_id;
    if (roomId)
      void this.live.store.queries.refetchQueries({ queryKey: keys.bans(roomId), exact: true, type: "active" });
  }

  /** The composer shows how long slow mode makes the user wait. */
  #applySlowMode(id: string, { slug, retryAfterMs = 0 }: Problem): void {
    if (slug === "slow-mode") this.live.store.set(keys.slowUntil(id), Date.now() + retryAfterMs);
  }

  /** Applies a `muted` problem to the cached member. Returns true if it was one: the composer shows it. */
  applyMute(id: string, { slug, until }: Problem): boolean {
    if (slug !== "muted" || until === undefined) return false;
    this.live.members.mutedMyself(id, until);
    return true;
  }
}
