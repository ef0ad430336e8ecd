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
  /** Open alerts, sent right after the welcome in one or more frames; `isComplete` on the last frame. */
  onAlerts(alerts: PanicAlert[], isComplete: boolean): void;
  onNews(news: AlertNews): void;
  /** The replay is complete up to `head`. */
  onResumed(head: number): void;
  /** The position cannot be replayed: the cached state of closed alerts may be stale. */
  onReset(epoch: string, head: number): void;
  onProblem(problem: Problem): void;
}

/** The dashboard socket of a guard: first all open alerts, then events of every alert. */
export class AlertSocket {
  readonly #link: Link;

  constructor(
    api: Api,
    readonly listener: AlertListener,
  ) {
    this.#link = new Link({
      environment: api.environment,
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

  /** Requests a replay of the events after `seq`. Returns false without a live connection. */
  resume(epoch: string, seq: number): boolean {
    return this.#send({ type: "resume", epoch, seq });
  }

  /** Sends receipts in chunks of `MAX_RECEIPTS` ids. Returns the ids that were sent: none without a live connection. */
  receipt(ids: string[], state: ReceiptState): string[] {
    const sent: string[] = [];
    for (let from = 0; from < ids.length; from += MAX_RECEIPTS) {
      const chunk = ids.slice(from, from + MAX_RECEIPTS);
      if (!this.#send({ type: "receipt", ids: chunk, state })) break;
      sent.push(...chunk);
    }
    return sent;
  }

  #send(frame: DashboardFrame): boolean {
    return this.#link.send(JSON.stringify(frame));
  }

  /** The link becomes live only when all open alerts have arrived: before that the list is incomplete. */
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
