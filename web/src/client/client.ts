import { AlertApi } from "./alertApi";
import { type AlertListener, AlertSocket } from "./alertSocket";
import { Api } from "./api";
import { type ConversationListener, ConversationSocket } from "./conversationSocket";
import { browserSurroundings, randomId, type Surroundings } from "./surroundings";
import { type GetToken, TokenSource } from "./token";
import { type OwnAlertListener, type UserListener, UserSocket } from "./userSocket";

export interface CampanaOptions {
  /** Where the edge is; the page's own origin when absent. */
  baseUrl?: string;
  getToken: GetToken;
  /**
   * Names this tab, so that it gets no echo of what it does. New for every page: a duplicated tab must not
   * share it, which is why it is kept nowhere.
   */
  clientId?: string;
  surroundings?: Surroundings;
}

/** The way in: HTTP calls, and the sockets. Knows nothing of caches or of what shows them. */
export class CampanaClient {
  readonly api: Api;
  readonly alerts: AlertApi;
  readonly #ownAlerts = new Set<OwnAlertListener>();

  constructor(options: CampanaOptions) {
    const surroundings = options.surroundings ?? browserSurroundings();
    const baseUrl = options.baseUrl ?? surroundings.origin;
    const tokens = new TokenSource(options.getToken);
    this.api = new Api(baseUrl, options.clientId ?? randomId(), tokens, surroundings);
    this.alerts = new AlertApi(this.api);
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

  /** Hears what the person's own channel says of alerts they raised, while it is open; returns how to stop. */
  hearOfOwnAlerts(listener: OwnAlertListener): () => void {
    this.#ownAlerts.add(listener);
    return () => this.#ownAlerts.delete(listener);
  }

  /** The connection of those who attend to alerts; needs the permission `view_panic_alerts`. */
  dashboard(listener: AlertListener): AlertSocket {
    return new AlertSocket(this.api, listener);
  }
}
