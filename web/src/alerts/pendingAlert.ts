import type { AlertDraft } from "../client";

/** An alert that the server has not accepted yet, as stored across page loads. */
export interface PendingAlert {
  draft: AlertDraft;
  /** When the button was pressed, milliseconds. */
  at: number;
}

export type Storage = Pick<globalThis.Storage, "getItem" | "setItem" | "removeItem">;

/** Stores one user's pending alert on the device. Without storage, nothing survives the page. */
export class PendingAlertStore {
  readonly #key: string;

  constructor(
    readonly storage: Storage | undefined,
    userId: string,
  ) {
    this.#key = `campana.alarm.${userId}`;
  }

  get(): PendingAlert | undefined {
    try {
      const pending = JSON.parse(this.storage?.getItem(this.#key) ?? "null") as PendingAlert | null;
      return pending && typeof pending.draft?.id === "string" && typeof pending.at === "number" ? pending : undefined;
    } catch {
      return undefined;
    }
  }

  /** A drill is not stored: it is not sent by a later page. */
  set(pending: PendingAlert): void {
    if (pending.draft.drill) return this.clear();
    try {
      this.storage?.setItem(this.#key, JSON.stringify(pending));
    } catch {
      // Storage is full or not permitted.
    }
  }

  clear(): void {
    try {
      this.storage?.removeItem(this.#key);
    } catch {
      // Storage is not permitted, so it is empty.
    }
  }
}
