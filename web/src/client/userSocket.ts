import type { Api } from "./api";
import { Link, type LinkState } from "./link";
import type { AlertNews, InboxUpdated, OwnInviteEvent, OwnMembershipEvent, UserFrame } from "./protocol";

export interface UserListener {
  onState(state: LinkState): void;
  /** Connected. The channel keeps no log: what was missed is in a freshly fetched inbox. */
  onWelcome(): void;
  onInboxUpdated(event: InboxUpdated): void;
  /** An invite for the user, or what became of it. */
  onInvite(event: OwnInviteEvent): void;
  /** The user joined or left a conversation, or their membership changed. */
  onMembership(event: OwnMembershipEvent): void;
}

/** Listener of the user's own alerts on their channel. */
export interface OwnAlertListener {
  /** Connected. What was missed is in a freshly fetched alert. */
  onWelcome(): void;
  onNews(news: AlertNews): void;
}

/** The user's own channel: invites, memberships, and conversations that this tab does not have open. */
export class UserSocket {
  readonly #link: Link;
  /** The user's id, from the welcome. */
  #you: string | undefined;

  constructor(api: Api, listener: UserListener, alerts?: OwnAlertListener) {
    this.#link = new Link({
      surroundings: api.surroundings,
      tokens: api.tokens,
      address: () => api.address("/api/me/socket", { client_id: api.clientId }),
      onFrame: (frame) => {
        const known = frame as UserFrame;
        if ("event" in known) {
          if (!isAlertNews(known)) tell(listener, known);
          // Other people's alerts, which guards get too, are for dashboards.
          else if (String(known.partial.user.id) === this.#you) alerts?.onNews(known);
          return false;
        }
        if (known.type !== "welcome") return false;
        this.#link.keepAlive(known.keep_alive_ms);
        this.#you = known.you.user_id;
        listener.onWelcome();
        alerts?.onWelcome();
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

function isAlertNews(event: Extract<UserFrame, { event: string }>): event is AlertNews {
  return event.event.startsWith("panic-alert.");
}

function tell(listener: UserListener, event: Exclude<Extract<UserFrame, { event: string }>, AlertNews>): void {
  switch (event.event) {
    case "inbox.updated":
      return listener.onInboxUpdated(event);
    case "invite.created":
    case "invite.updated":
    case "invite.revoked":
      return listener.onInvite(event);
    case "member.joined":
    case "member.updated":
    case "member.left":
    case "member.removed":
      return listener.onMembership(event);
  }
}
