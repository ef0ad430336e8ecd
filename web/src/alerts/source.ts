import type { AlertSocket, CampanaClient, LinkState, PanicAlert, ReceiptState } from "../client";

/** Who is told what comes. */
export interface AlertSink {
  onState(state: LinkState): void;
  /** An alert as it stands, with its place at the desk if that is known. */
  onAlert(alert: PanicAlert, seq?: number): void;
  /** All open ones have been named: any other that was open before is over. */
  onAllOpen(ids: Set<string>): void;
  /** Places that were known mean nothing from here on. */
  onRenumbered(): void;
}

/** Where alerts come from. */
export interface AlertSource {
  start(sink: AlertSink): void;
  stop(): void;
  /** Says how far alerts got; those that went out. */
  receipt(ids: string[], state: ReceiptState): string[];
}

/** Over the native socket of the dashboard. */
export class NativeSource implements AlertSource {
  #socket: AlertSocket | undefined;
  #epoch: string | undefined;
  /** Up to where everything is known. */
  #seq: number | undefined;

  constructor(readonly client: CampanaClient) {}

  start(sink: AlertSink): void {
    const named = new Set<string>();
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
        named.clear();
        head = welcome.head;
        if (this.#epoch !== welcome.epoch) {
          if (this.#epoch !== undefined) sink.onRenumbered();
          startFrom(welcome.epoch, head);
        } else {
          // What happened meanwhile to alerts that are over is asked for as soon as the open ones are here.
          isResuming = (this.#seq ?? 0) < head;
        }
      },
      onAlerts: (alerts, isComplete) => {
        for (const alert of alerts) {
          named.add(alert.id);
          sink.onAlert(alert, head);
        }
        if (isComplete) sink.onAllOpen(new Set(named));
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
        // A receipt that was too fast, or of an alert that is gone: nothing that anybody could do about.
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
