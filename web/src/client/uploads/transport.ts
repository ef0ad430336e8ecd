import type { Attachment } from "../protocol";

/** Carries one file to the server. */
export interface Carrier {
  /** Whether a run that was stopped or has failed continues at the byte where it ended. Such an upload can pause. */
  readonly canResume: boolean;
  /** Begins, or continues. `onProgress` gets the bytes that the server has or is being sent. Rejects with a `Problem`. */
  run(onProgress: (sent: number) => void, signal: AbortSignal): Promise<Attachment>;
  /** Gives up what the server has of a file that is not complete. */
  discard(): void;
}

/** A way to the server for files: whole requests, or another protocol. */
export interface Transport {
  /** Whether it is for this file. The first transport of a list that is carries it. */
  takes(file: File): boolean;
  carrier(file: File): Carrier;
}
