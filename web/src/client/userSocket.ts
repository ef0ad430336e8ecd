import type { Api } from "./api";
import { Link, type LinkState } from "./link";
import type { InboxUpdated, UserFrame } from "./wire";

export interface UserListener {
  onState(state: LinkState): void;
  /** Connected. The channel keeps no log: what was missed is in a freshly fetched inbox. */
  onWelcome(): void;
  onInboxUpdated(event: InboxUpdated): void;
}

/** A person's own channel: conversations that this tab is not looking at. */
export class UserSocket {
  readonly #link: Link;

  constructor(api: Api, listener: UserListener) {
    this.#link = new Link({
      surroundings: api.surroundings,
      tokens: api.tokens,
      address: () => api.address("/api/me/socket", { client_id: api.clientId }),
      onFrame: (frame) => {
        const known = frame as UserFrame;
        if ("event" in known) {
          if (known.event === "inbox.updated") listener.onInboxUpdated(known);
          return false;
        }
        if (known.type !== "welcome") return false;
        this.#link.keepAlive(known.keep_alive_ms);
        listener.onWelcome();
        return true;
      },
      onState: (state) => listener.onState(state),
    });
  }

  get state(): LinkState {
    return this.#link.state;
  }

  open(): void {
    this.#link.start();
  }

  close(): void {
    this.#link.stop();
  }
}
