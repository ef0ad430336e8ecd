import { AlertApi } from "./alertApi";
import { type AlertListener, AlertSocket } from "./alertSocket";
import { Api } from "./api";
import { type ConversationListener, ConversationSocket } from "./conversationSocket";
import { browserEnvironment, type Environment, randomId } from "./environment";
import { FileApi } from "./fileApi";
import { ModerationApi } from "./moderationApi";
import { NotificationApi } from "./notificationApi";
import { PersonalApi } from "./personalApi";
import { SearchApi } from "./searchApi";
import { type GetToken, TokenSource } from "./token";
import type { KeptUploads } from "./uploads/keptUploads";
import { type OwnAlertListener, type UserListener, UserSocket } from "./userSocket";

export interface CampanaOptions {
  /** Origin of the edge; the page's origin when absent. */
  baseUrl?: string;
  getToken: GetToken;
  /**
   * Identifies this tab, so that the server does not echo its own events. Random for every page load and never
   * stored: a duplicated tab must not share it.
   */
  clientId?: string;
  /** Keeps the user's uploads that are not complete across page loads; without it, they end with the page. */
  keptUploads?: KeptUploads;
  environment?: Environment;
}

/** Entry point of the library: HTTP calls and sockets. Independent of caches and UI frameworks. */
export class CampanaClient {
  readonly api: Api;
  readonly alerts: AlertApi;
  readonly files: FileApi;
  readonly moderation: ModerationApi;
  readonly notifications: NotificationApi;
  readonly personal: PersonalApi;
  readonly search: SearchApi;
  readonly #ownAlerts = new Set<OwnAlertListener>();

  constructor(options: CampanaOptions) {
    const environment = options.environment ?? browserEnvironment();
    const baseUrl = options.baseUrl ?? environment.origin;
    const tokens = new TokenSource(options.getToken);
    this.api = new Api(baseUrl, options.clientId ?? randomId(), tokens, environment);
    this.alerts = new AlertApi(this.api);
    this.files = new FileApi(this.api, options.keptUploads);
    this.moderation = new ModerationApi(this.api);
    this.notifications = new NotificationApi(this.api);
    this.personal = new PersonalApi(this.api);
    this.search = new SearchApi(this.api);
  }

  get clientId(): string {
    return this.api.clientId;
  }

  conversation(id: string, listener: ConversationListener): ConversationSocket {
    return new ConversationSocket(id, this.api, listener);
  }

  me(listener: UserListener): UserSocket {
    return new UserSocket(this.api, listener, {
      onWelcome: () => {
        for (const each of this.#ownAlerts) each.onWelcome();
      },
      onNews: (news) => {
        for (const each of this.#ownAlerts) each.onNews(news);
      },
    });
  }

  /** Subscribes to events of the user's own alerts while the `me` socket is open. Returns the unsubscribe function. */
  subscribeToOwnAlerts(listener: OwnAlertListener): () => void {
    this.#ownAlerts.add(listener);
    return () => this.#ownAlerts.delete(listener);
  }

  /** A guard's dashboard socket; needs the permission `view_panic_alerts`. */
  dashboard(listener: AlertListener): AlertSocket {
    return new AlertSocket(this.api, listener);
  }
}
