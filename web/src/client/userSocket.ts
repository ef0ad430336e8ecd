import type { Api } from "./api";
import { Link, type LinkState } from "./link";
import type {
  AlertNews,
  DraftUpdated,
  FileUpdated,
  InboxUpdated,
  NotificationCreated,
  NotificationRead,
  OwnAlertNews,
  OwnInviteEvent,
  OwnMembershipEvent,
  PreferencesUpdated,
  SavedUpdated,
  ScheduledFailed,
  ScheduledSent,
  ThreadRead,
  UserFrame,
} from "./protocol";

export interface UserListener {
  onState(state: LinkState): void;
  /**
   * Events may be missing, and the own channel keeps no log: fetch its lists again. Called at the first welcome, at one
   * with another number than the last event, and before an event whose number does not follow.
   */
  onMissed(): void;
  onInboxUpdated(event: InboxUpdated): void;
  onPreferences(event: PreferencesUpdated): void;
  /** A draft of the user was saved or cleared on another device. */
  onDraft(event: DraftUpdated): void;
  /** The user saved a message, or removed a saved one. */
  onSaved(event: SavedUpdated): void;
  /** The user follows a thread, no longer follows it, or has read in it. */
  onThread(event: ThreadRead): void;
  /** A notification for the user was created, or has news. */
  onNotification(event: NotificationCreated): void;
  /** Notifications of the user were read or withdrawn, on this device or another. */
  onNotificationsRead(event: NotificationRead): void;
  /** A file that the user uploaded was scanned. It may come more than once. */
  onFile(event: FileUpdated): void;
  /** A scheduled message of the user was sent, or could not be sent. */
  onScheduled(event: ScheduledSent | ScheduledFailed): void;
  /** An invite for the user was created, accepted, declined or revoked. */
  onInvite(event: OwnInviteEvent): void;
  /** The user joined, left, or was removed, or their role or mute changed. */
  onMembership(event: OwnMembershipEvent): void;
}

/** Events of the user's own alerts, from their own channel. */
export interface OwnAlertListener {
  /** Connected. Fetch the alert to get changes made while disconnected. */
  onWelcome(): void;
  onNews(news: AlertNews): void;
}

/** Socket of the user's own channel: events for all their devices, and inbox updates of conversations that are not open. */
export class UserSocket {
  readonly #link: Link;
  /** The user id from the welcome. */
  #userId: string | undefined;
  /** Number of the newest event. */
  #rev: number | undefined;

  constructor(
    api: Api,
    readonly listener: UserListener,
    alerts?: OwnAlertListener,
  ) {
    this.#link = new Link({
      environment: api.environment,
      tokens: api.tokens,
      address: () => api.address("/api/me/socket", { client_id: api.clientId }),
      onFrame: (frame) => {
        const known = frame as UserFrame;
        if ("event" in known) {
          this.#follow(known.rev);
          if (!isAlertNews(known)) dispatch(listener, known);
          // A guard's own channel also carries other users' alerts; those are for dashboards.
          else if (String(known.partial.user.id) === this.#userId) alerts?.onNews(known);
          return false;
        }
        if (known.type === "rev") this.#follow(known.rev);
        if (known.type !== "welcome") return false;
        this.#link.keepAlive(known.keep_alive_ms);
        this.#userId = known.you.user_id;
        const isComplete = this.#rev !== undefined && this.#rev === known.rev;
        this.#rev = known.rev;
        if (!isComplete) listener.onMissed();
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

  /** Takes the number of an event; alerts for guards only have none. */
  #follow(rev: number | undefined): void {
    if (rev === undefined) return;
    const isNext = this.#rev === undefined || rev === this.#rev + 1;
    this.#rev = rev;
    if (!isNext) this.listener.onMissed();
  }
}

function isAlertNews(event: Extract<UserFrame, { event: string }>): event is OwnAlertNews {
  return event.event.startsWith("panic-alert.");
}

function dispatch(listener: UserListener, event: Exclude<Extract<UserFrame, { event: string }>, OwnAlertNews>): void {
  switch (event.event) {
    case "inbox.updated":
      return listener.onInboxUpdated(event);
    case "preferences.updated":
      return listener.onPreferences(event);
    case "draft.updated":
      return listener.onDraft(event);
    case "saved.updated":
      return listener.onSaved(event);
    case "notification.created":
      return listener.onNotification(event);
    case "notification.read":
      return listener.onNotificationsRead(event);
    case "file.updated":
      return listener.onFile(event);
    case "scheduled.sent":
    case "scheduled.failed":
      return listener.onScheduled(event);
    case "thread.read":
      return listener.onThread(event);
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
