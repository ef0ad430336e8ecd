import {
  type Attachment,
  type DraftPlace,
  type FileApi,
  InterruptedUploads,
  type KeptUpload,
  MAX_ATTACHMENTS,
  type Upload,
  Uploads,
} from "../client";
import type { NewMessage } from "./messages";

/** A message that waits for its files. */
export interface HeldMessage extends Pick<NewMessage, "quoteId" | "alsoInChannel"> {
  text: string;
}

type Sent = HeldMessage & { attachments: Attachment[] };

/** A new object for every change. */
export interface AttachingState {
  readonly uploads: readonly Upload[];
  /** Uploads that a closed page has begun here: the same file continues them. */
  readonly interrupted: readonly KeptUpload[];
  /** Whether the message is sent as soon as its files are uploaded. */
  readonly isHeld: boolean;
  /** Number of messages that were sent from here. */
  readonly sent: number;
}

/**
 * The files of the message that the user writes in one place, and the message while it waits for them. It outlives the composer: the user may
 * look at another conversation during an upload.
 */
export class Attaching {
  readonly uploads: Uploads;
  readonly #interrupted: InterruptedUploads | undefined;
  readonly #listeners = new Set<() => void>();
  #held: HeldMessage | undefined;
  #state: AttachingState = { uploads: [], interrupted: [], isHeld: false, sent: 0 };

  constructor(
    readonly files: FileApi,
    place: string,
    readonly send: (message: Sent) => void,
  ) {
    const { kept, api } = files;
    if (kept) this.#interrupted = new InterruptedUploads(kept, place, api.environment);
    this.#interrupted?.subscribe(() => this.#changed());
    this.uploads = new Uploads(files.transports, MAX_ATTACHMENTS, this.#interrupted);
    this.uploads.subscribe(() => this.#changed());
  }

  state = (): AttachingState => this.#state;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    this.#interrupted?.look();
    return () => this.#listeners.delete(listener);
  };

  /** Sends the message once the server has every file: now, if it has. The user gets it back if an upload fails or pauses, or the last file is removed. */
  hold(message: HeldMessage): void {
    this.#held = message;
    this.#changed();
  }

  release(): void {
    this.#held = undefined;
    this.#changed();
  }

  /** Gives up an upload that a closed page has begun. */
  discardInterrupted(id: string): void {
    this.#interrupted?.ended(id);
    void this.files.endUpload(id);
  }

  /** Gives up everything that is not sent. */
  stop(): void {
    this.uploads.clear();
    this.#interrupted?.stop();
  }

  #changed(): void {
    const uploads = this.uploads.snapshot();
    let { sent } = this.#state;
    const held = this.#held;
    if (held && uploads.length > 0 && uploads.every(({ status }) => status === "done")) {
      this.#held = undefined;
      const attachments = this.uploads.take() ?? [];
      sent += 1;
      this.send({ ...held, attachments });
    } else if (uploads.length === 0 || uploads.some(({ status }) => status === "failed" || status === "paused")) {
      this.#held = undefined;
    }
    const interrupted = this.#interrupted?.offered() ?? [];
    this.#state = { uploads: this.uploads.snapshot(), interrupted, isHeld: this.#held !== undefined, sent };
    for (const listener of [...this.#listeners]) listener();
  }
}

/** The files of the messages that the user writes, by place. They are in this tab only: a draft has no files. */
export class Attachings {
  readonly #places = new Map<string, Attaching>();

  constructor(
    readonly files: FileApi,
    readonly send: (place: DraftPlace, message: Sent) => void,
  ) {}

  of({ conversationId, parentId }: DraftPlace): Attaching {
    const name = `${conversationId}/${parentId ?? ""}`;
    let attaching = this.#places.get(name);
    if (!attaching) {
      attaching = new Attaching(this.files, name, (message) => this.send({ conversationId, parentId }, message));
      this.#places.set(name, attaching);
    }
    return attaching;
  }

  /** A scan has decided about a file of the user. */
  decided(fileId: string, status: Attachment["status"]): void {
    for (const { uploads } of this.#places.values()) uploads.decided(fileId, status);
  }

  stop(): void {
    for (const attaching of this.#places.values()) attaching.stop();
  }

  /** The user signs out: nothing of their uploads stays on the device. */
  forget(): void {
    this.stop();
    this.files.kept?.clear();
  }
}
