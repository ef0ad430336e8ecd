import { isOpen, type PanicAlert } from "../client";

/** Maximum number of closed alerts; the oldest are dropped. */
const MAX_CLOSED = 100;

interface Known {
  alert: PanicAlert;
  /** `seq` of the last event about it, if known. */
  seq: number | undefined;
  /** Whether the state came with `seq`, and not over HTTP since. */
  isNumbered: boolean;
}

/** The newest known state of each alert. Duplicates and late arrivals change nothing. */
export class AlertStore {
  readonly #known = new Map<string, Known>();

  get(id: string): PanicAlert | undefined {
    return this.#known.get(id)?.alert;
  }

  /** Returns true if the state was newer. HTTP responses have no `seq`. */
  apply(alert: PanicAlert, seq?: number): boolean {
    const known = this.#known.get(alert.id);
    if (known && !isNews(known, alert, seq)) return false;
    this.#known.set(alert.id, { alert, seq: seq ?? known?.seq, isNumbered: seq !== undefined });
    if (!isOpen(alert)) this.#forgetOldest();
    return true;
  }

  remove(id: string): boolean {
    return this.#known.delete(id);
  }

  clear(): void {
    this.#known.clear();
  }

  /** The desk has a new epoch: known `seq` values are not comparable with new ones. */
  renumber(): void {
    for (const known of this.#known.values()) known.seq = undefined;
  }

  /** Newest first. */
  open(): PanicAlert[] {
    return this.#alerts().filter(isOpen);
  }

  /** Newest first. */
  closed(): PanicAlert[] {
    return this.#alerts().filter((alert) => !isOpen(alert));
  }

  #alerts(): PanicAlert[] {
    return [...this.#known.values()].map(({ alert }) => alert).sort(byAge);
  }

  #forgetOldest(): void {
    for (const { id } of this.closed().slice(MAX_CLOSED)) this.#known.delete(id);
  }
}

function isNews(known: Known, alert: PanicAlert, seq: number | undefined): boolean {
  if (seq !== undefined && known.seq !== undefined && known.isNumbered) return seq > known.seq;
  if (alert.updated_at !== known.alert.updated_at) return alert.updated_at > known.alert.updated_at;
  // Same millisecond: an ordered event wins, and a closed alert never reopens.
  return seq !== undefined || (isOpen(known.alert) && !isOpen(alert));
}

/** The newer of two states of an alert. */
export function newerOf(known: PanicAlert, alert: PanicAlert): PanicAlert {
  return isNews({ alert: known, seq: undefined, isNumbered: false }, alert, undefined) ? alert : known;
}

function byAge(one: PanicAlert, other: PanicAlert): number {
  if (one.created_at !== other.created_at) return one.created_at < other.created_at ? 1 : -1;
  return one.id < other.id ? 1 : -1;
}
