import type { ConversationSocket } from "../client";

/** A conversation that is no longer shown stays connected for this long, in case the user returns. */
const LINGER_MS = 5_000;

interface Watched {
  socket: ConversationSocket;
  watchers: number;
  linger: ReturnType<typeof setTimeout> | undefined;
}

/** Sockets of conversations: open while the conversation is shown, and until its messages are acknowledged. */
export class WatchedConversations {
  readonly #conversations = new Map<string, Watched>();
  #isStopped = false;

  constructor(readonly make: (id: string) => ConversationSocket) {}

  start(): void {
    this.#isStopped = false;
  }

  stop(): void {
    this.#isStopped = true;
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

  isWatched(id: string): boolean {
    return (this.#conversations.get(id)?.watchers ?? 0) > 0;
  }

  /** The conversation's socket. It may not be open. */
  socket(id: string): ConversationSocket {
    return this.#watched(id).socket;
  }

  /** The socket, if there has been one. */
  known(id: string): ConversationSocket | undefined {
    return this.#conversations.get(id)?.socket;
  }

  #watched(id: string): Watched {
    let watched = this.#conversations.get(id);
    if (!watched) {
      watched = { socket: this.make(id), watchers: 0, linger: undefined };
      this.#conversations.set(id, watched);
    }
    return watched;
  }

  #closeLater(watched: Watched): void {
    clearTimeout(watched.linger);
    watched.linger = setTimeout(() => {
      // Closes only after all messages are acknowledged.
      if (watched.socket.isBusy && !this.#isStopped) this.#closeLater(watched);
      else watched.socket.close();
    }, LINGER_MS);
  }
}
