import type { AlertDraft } from "../client";

/** An alert that no server has taken yet, as it outlives the page. */
export interface Unsent {
  draft: AlertDraft;
  /** When the button was pressed, milliseconds. */
  at: number;
}

export type Storage = Pick<globalThis.Storage, "getItem" | "setItem" | "removeItem">;

/** Keeps one person's unsent alert on the device. Without storage it lives as long as the page. */
export class UnsentAlert {
  readonly #key: string;

  constructor(
    readonly storage: Storage | undefined,
    userId: string,
  ) {
    this.#key = `campana.alarm.${userId}`;
  }

  get(): Unsent | undefined {
    try {
      const unsent = JSON.parse(this.storage?.getItem(this.#key) ?? "null") as Unsent | null;
      return unsent && typeof unsent.draft?.id === "string" && typeof unsent.at === "number" ? unsent : undefined;
    } catch {
      return undefined;
    }
  }

  set(unsent: Unsent): void {
    try {
      this.storage?.setItem(this.#key, JSON.stringify(unsent));
    } catch {
      // Full, or forbidden.
    }
  }

  clear(): void {
    try {
      this.storage?.removeItem(this.#key);
    } catch {
      // Forbidden: then nothing was kept either.
    }
  }
}
