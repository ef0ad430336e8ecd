import { bodyLength, type DraftPlace, type DraftUpdated, MAX_BODY_CHARS, type PersonalApi, Problem } from "../client";
import { FetchOverlap } from "./fetchOverlap";
import { keys } from "./keys";
import type { Store } from "./store";
import type { CachedDraft } from "./types";

/** A draft is saved this long after the last keystroke. */
const SAVE_AFTER_MS = 800;
const RETRY_AFTER_MS = 5_000;
const RETRY_AT_MOST_MS = 60_000;
/** Attempts to clear a draft after its message was sent. */
const CLEAR_TRIES = 5;

/** A place with a draft of this tab. */
interface Place {
  ref: DraftPlace;
  /** Text that is not saved yet; it is never replaced by another device's. */
  unsaved: string | undefined;
  isSaving: boolean;
  /** Whether the answer to the last save is missing: the cached state may not be saved. */
  isUncertain: boolean;
  failures: number;
  timer: ReturnType<typeof setTimeout> | undefined;
}

/** What is cleared when a message was sent. */
interface Clearing {
  ref: DraftPlace;
  rev: number;
}

function draftKey({ conversationId, parentId }: DraftPlace) {
  return keys.draft(conversationId, parentId);
}

function nameOf({ conversationId, parentId = "" }: DraftPlace): string {
  return `${conversationId}/${parentId}`;
}

/**
 * The user's drafts: saved a moment after they stop typing, and kept live by their own channel. Each state that is saved gets a
 * higher `rev` than the newest known one, so that no late save replaces a newer state.
 */
export class Drafts {
  readonly #places = new Map<string, Place>();
  readonly #clearings = new Map<string, Clearing>();
  /** Places whose newest `rev` is known; the list of drafts leaves out empty ones. */
  readonly #known = new Set<string>();
  readonly #overlap = new FetchOverlap<DraftUpdated>();
  #timers = new Set<ReturnType<typeof setTimeout>>();

  constructor(
    readonly api: PersonalApi,
    readonly store: Store,
  ) {}

  /** Loads every draft. Also the query function of their key, whose value only says that they are loaded. */
  async load(): Promise<true> {
    const before = new Map(this.#cached().map((draft) => [nameOf(draft.place), draft.rev]));
    const { answer, missed } = await this.#overlap.during(this.api.drafts());
    const loaded = new Set<string>();
    for (const { conversation_id, parent_id, body, rev } of answer) {
      const place = { conversationId: conversation_id, parentId: parent_id ?? undefined };
      loaded.add(nameOf(place));
      this.#known.add(nameOf(place));
      this.#keep(place, body, rev);
    }
    for (const { place, rev } of this.#cached()) {
      const name = nameOf(place);
      // Cleared elsewhere, unless this tab has saved a state during the fetch.
      if (loaded.has(name) || before.get(name) !== rev || this.#places.get(name)?.isSaving) continue;
      this.#known.delete(name);
      this.#set(place, null, rev);
    }
    for (const event of missed) this.apply(event);
    this.store.set(keys.drafts, true);
    return true;
  }

  apply(event: DraftUpdated): void {
    this.#overlap.record(event);
    const { parent_id, body, rev } = event.partial;
    this.#keep({ conversationId: event.conversation_id, parentId: parent_id ?? undefined }, body, rev);
  }

  /** Fetches the place's draft unless its newest state is known. */
  async open(ref: DraftPlace): Promise<void> {
    const name = nameOf(ref);
    if (this.#known.has(name)) return;
    const { body, rev } = await this.api.draft(ref);
    this.#known.add(name);
    this.#keep(ref, body, rev);
  }

  /** The text to show: what this tab has not saved yet, else the saved draft. */
  textOf(ref: DraftPlace): string {
    return this.#places.get(nameOf(ref))?.unsaved ?? this.#draft(ref)?.body ?? "";
  }

  /** Whether the user has typed something that is not saved yet. */
  hasUnsaved(ref: DraftPlace): boolean {
    return this.#places.get(nameOf(ref))?.unsaved !== undefined;
  }

  /** The user has typed. */
  write(ref: DraftPlace, text: string): void {
    const place = this.#place(ref);
    place.unsaved = text;
    place.failures = 0;
    this.#saveLater(place, SAVE_AFTER_MS);
  }

  /** Saves now: the user leaves the place or the page. */
  leave(ref: DraftPlace): void {
    const place = this.#places.get(nameOf(ref));
    if (place?.unsaved === undefined) return;
    clearTimeout(place.timer);
    void this.#save(place);
  }

  /** The text was sent with a message, whose acknowledgement clears the saved draft. */
  sent(ref: DraftPlace, clientMsgId: string): void {
    const place = this.#place(ref);
    clearTimeout(place.timer);
    place.unsaved = undefined;
    const draft = this.#draft(ref);
    if (!draft || draft.rev === 0 || (draft.body === null && !place.isSaving)) return;
    this.#clearings.set(clientMsgId, { ref, rev: draft.rev });
    this.#set(ref, null, draft.rev);
  }

  /** The message is durable, or the user has discarded it. */
  settled(clientMsgId: string): void {
    const clearing = this.#clearings.get(clientMsgId);
    if (!clearing) return;
    this.#clearings.delete(clientMsgId);
    void this.#clear(clearing, 1);
  }

  stop(): void {
    for (const place of this.#places.values()) clearTimeout(place.timer);
    for (const timer of this.#timers) clearTimeout(timer);
  }

  async #clear({ ref, rev }: Clearing, tries: number): Promise<void> {
    try {
      await this.api.clearDraft(ref, rev);
    } catch (error) {
      if (!Problem.of(error).isTemporary || tries === CLEAR_TRIES) return;
      const again = () => {
        this.#timers.delete(timer);
        void this.#clear({ ref, rev }, tries + 1);
      };
      const timer = setTimeout(again, RETRY_AFTER_MS * tries);
      this.#timers.add(timer);
    }
  }

  #saveLater(place: Place, ms: number): void {
    clearTimeout(place.timer);
    place.timer = setTimeout(() => void this.#save(place), ms);
  }

  async #save(place: Place): Promise<void> {
    if (place.isSaving || place.unsaved === undefined) return;
    place.isSaving = true;
    let isOutdated = false;
    try {
      await this.open(place.ref);
      isOutdated = await this.#saveState(place);
    } catch (error) {
      // The text stays in this tab, and the next keystroke tries again.
      if (Problem.of(error).isTemporary) this.#saveLater(place, this.#retryDelay(place));
    }
    place.isSaving = false;
    if (isOutdated) this.#saveLater(place, 0);
  }

  /** Returns true if there is a newer text to save, or another device was faster. */
  async #saveState(place: Place): Promise<boolean> {
    const { ref, unsaved } = place;
    // The server takes no draft that is longer than a message.
    if (unsaved === undefined || bodyLength(unsaved) > MAX_BODY_CHARS) return false;
    const text = unsaved.trim() === "" ? "" : unsaved;
    const draft = this.#draft(ref);
    if (text === (draft?.body ?? "") && !place.isUncertain) {
      place.unsaved = undefined;
      return false;
    }
    const rev = (draft?.rev ?? 0) + 1;
    this.#set(ref, text === "" ? null : text, rev);
    place.isUncertain = true;
    try {
      await this.api.saveDraft(ref, text, rev);
      place.isUncertain = false;
    } catch (error) {
      if (Problem.of(error).slug !== "conflict") throw error;
      place.isUncertain = false;
      const newer = await this.api.draft(ref);
      this.#keep(ref, newer.body, newer.rev, true);
      return place.unsaved !== undefined;
    }
    place.failures = 0;
    if (place.unsaved === unsaved) place.unsaved = undefined;
    return place.unsaved !== undefined;
  }

  #retryDelay(place: Place): number {
    place.failures += 1;
    return Math.min(RETRY_AFTER_MS * 2 ** (place.failures - 1), RETRY_AT_MOST_MS);
  }

  #place(ref: DraftPlace): Place {
    const name = nameOf(ref);
    let place = this.#places.get(name);
    if (!place) {
      place = { ref, unsaved: undefined, isSaving: false, isUncertain: false, failures: 0, timer: undefined };
      this.#places.set(name, place);
    }
    return place;
  }

  #draft(ref: DraftPlace): CachedDraft | undefined {
    return this.store.get<CachedDraft>(draftKey(ref));
  }

  /**
   * Stores a state of the server if it is newer. With the same number, a cleared one is: a message clears up to the number of its
   * draft. `isRival`: so is any, because this tab has tried to use that number and was refused.
   */
  #keep(ref: DraftPlace, body: string | null, rev: number, isRival = false): void {
    const known = this.#draft(ref);
    const isNewer = !known || known.rev < rev || (known.rev === rev && (isRival || body === null));
    if (isNewer) this.#set(ref, body, rev);
  }

  #set(place: DraftPlace, body: string | null, rev: number): void {
    this.store.set<CachedDraft>(draftKey(place), { place, body, rev });
  }

  /** Cached drafts with a text. */
  #cached(): CachedDraft[] {
    const entries = this.store.queries.getQueriesData<CachedDraft>({ queryKey: keys.draftDetails });
    return entries.flatMap(([, draft]) => (draft?.body != null ? [draft] : []));
  }
}
