import type { Problem } from "../problem";
import type { Attachment } from "../protocol";
import type { InterruptedUploads } from "./interrupted";

/** What a run reports. */
export interface Progress {
  /** Bytes that the server has or is being sent. */
  sent(bytes: number): void;
  /** An attempt has failed; the next one follows by itself. */
  retries(problem: Problem): void;
}

/** Carries one file to the server. */
export interface Carrier {
  /** Whether a run that was stopped or has failed continues at the byte where it ended. Such an upload can pause. */
  readonly canResume: boolean;
  /** Begins, or continues. Rejects with a `Problem`. */
  run(progress: Progress, signal: AbortSignal): Promise<Attachment>;
  /** Gives up what the server has of a file that is not complete. */
  discard(): void;
}

/** A way to the server for files: whole requests, or another protocol. */
export interface Transport {
  /** Whether it is for this file. The first transport of a list that is carries it. `isRepeat`: another one broke off. */
  takes(file: File, isRepeat: boolean): boolean;
  /** `interrupted`: uploads that a closed page has begun, and that this one may continue. */
  carrier(file: File, interrupted?: InterruptedUploads): Carrier;
}
