import type { Api } from "./api";
import { Link, type LinkState } from "./link";
import { Problem } from "./problem";
import {
  type AlertNews,
  type AlertWelcome,
  type DashboardFrame,
  type DeskFrame,
  MAX_RECEIPTS,
  type PanicAlert,
  type ReceiptState,
} from "./protocol";

export interface AlertListener {
  onState(state: LinkState): void;
  onWelcome(welcome: AlertWelcome): void;
  /** Open alerts as they stand, right after the welcome; `isComplete` with the last of them. */
  onAlerts(alerts: PanicAlert[], isComplete: boolean): void;
  onNews(news: AlertNews): void;
  /** Nothing is missing from here on. */
  onResumed(head: number): void;
  /** What is known of alerts that have ended may be old. */
  onReset(epoch: string, head: number): void;
  onProblem(problem: Problem): void;
}

/** The connection of those who attend to alerts: the open ones first, then everything that happens to any. */
export class AlertSocket {
  readonly #link: Link;

  constructor(
    api: Api,
    readonly listener: AlertListener,
  ) {
    this.#link = new Link({
      surroundings: api.surroundings,
      tokens: api.tokens,
      address: () => api.address("/api/security/alerts/socket"),
      onFrame: (frame) => this.#receive(frame as DeskFrame),
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

  /** Asks for what happened since then. False without a connection. */
  resume(epoch: string, seq: number): boolean {
    return this.#send({ type: "resume", epoch, seq });
  }

  /** Says how far alerts got; those that went out. Without a connection none do. */
  receipt(ids: string[], state: ReceiptState): string[] {
    const told: string[] = [];
    for (let from = 0; from < ids.length; from += MAX_RECEIPTS) {
      const some = ids.slice(from, from + MAX_RECEIPTS);
      if (!this.#send({ type: "receipt", ids: some, state })) break;
      told.push(...some);
    }
    return told;
  }

  #send(frame: DashboardFrame): boolean {
    return this.#link.send(JSON.stringify(frame));
  }

  /** The link is live when all open alerts are here, not before: until then the list is not to be trusted. */
  #receive(frame: DeskFrame): boolean {
    if ("event" in frame) {
      if (frame.partial) this.listener.onNews(frame);
      return false;
    }
    switch (frame.type) {
      case "welcome":
        this.#link.keepAlive(frame.keep_alive_ms);
        this.listener.onWelcome(frame);
        return false;
      case "alerts":
        this.listener.onAlerts(frame.alerts, frame.complete);
        return frame.complete;
      case "resumed":
        this.listener.onResumed(frame.head);
        return false;
      case "reset":
        this.listener.onReset(frame.epoch, frame.head);
        return false;
      case "error":
        this.listener.onProblem(Problem.ofFrame(frame));
        return false;
      default:
        return false;
    }
  }
}
