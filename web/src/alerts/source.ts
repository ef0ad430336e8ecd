import type { AlertSocket, CampanaClient, LinkState, PanicAlert, ReceiptState } from "../client";

/** Receives alerts from a source. */
export interface AlertSink {
  onState(state: LinkState): void;
  /** The current state of an alert, with the `seq` of the desk if known. */
  onAlert(alert: PanicAlert, seq?: number): void;
  /** Ids of all open alerts: any other alert is closed. */
  onAllOpen(ids: Set<string>): void;
  /** The desk has a new epoch: earlier `seq` values are void. */
  onRenumbered(): void;
}

/** A connection that delivers alerts. */
export interface AlertSource {
  start(sink: AlertSink): void;
  stop(): void;
  /** Sends receipts; returns the ids that were sent. */
  receipt(ids: string[], state: ReceiptState): string[];
}

/** Alerts over the native dashboard socket. */
export class NativeSource implements AlertSource {
  #socket: AlertSocket | undefined;
  #epoch: string | undefined;
  /** The `seq` up to which all events are known. */
  #seq: number | undefined;

  constructor(readonly client: CampanaClient) {}

  start(sink: AlertSink): void {
    const openIds = new Set<string>();
    let head = 0;
    let isResuming = false;
    const advance = (seq: number) => {
      if (!isResuming) this.#seq = Math.max(this.#seq ?? 0, seq);
    };
    const startFrom = (epoch: string, seq: number) => {
      [this.#epoch, this.#seq, isResuming] = [epoch, seq, false];
    };
    this.#socket = this.client.dashboard({
      onState: (state) => {
        const socket = this.#socket;
        if (state === "live" && isResuming && this.#epoch !== undefined) socket?.resume(this.#epoch, this.#seq ?? 0);
        sink.onState(state);
      },
      onWelcome: (welcome) => {
        openIds.clear();
        head = welcome.head;
        if (this.#epoch !== welcome.epoch) {
          if (this.#epoch !== undefined) sink.onRenumbered();
          startFrom(welcome.epoch, head);
        } else {
          // Missed events of closed alerts are replayed after the open ones have arrived.
          isResuming = (this.#seq ?? 0) < head;
        }
      },
      onAlerts: (alerts, isComplete) => {
        for (const alert of alerts) {
          openIds.add(alert.id);
          sink.onAlert(alert, head);
        }
        if (isComplete) sink.onAllOpen(new Set(openIds));
      },
      onNews: ({ partial, seq }) => {
        if (seq !== undefined) advance(seq);
        sink.onAlert(partial, seq);
      },
      onResumed: (upTo) => {
        isResuming = false;
        advance(upTo);
      },
      onReset: (epoch, upTo) => {
        sink.onRenumbered();
        startFrom(epoch, upTo);
      },
      onProblem: () => {
        // A receipt was rate limited or names a deleted alert: no action is possible.
      },
    });
    this.#socket.open();
  }

  stop(): void {
    this.#socket?.close();
    this.#socket = undefined;
  }

  receipt(ids: string[], state: ReceiptState): string[] {
    return this.#socket?.receipt(ids, state) ?? [];
  }
}
