import type { Api } from "../api";
import { Backoff } from "../backoff";
import { Problem } from "../problem";
import type { Attachment } from "../protocol";
import type { InterruptedUploads } from "./interrupted";
import type { Carrier, Progress, Transport } from "./transport";
import { begin, endUpload, stateOf, write } from "./tus";

/** Files over this size are carried so from the beginning, bytes. */
const LARGE = 8 * 1024 * 1024;
/** Failures in a row, without a byte more on the server, after which the user decides. */
const MOST_FAILURES = 8;
/** A longer wait that the server asks for is left to the user, milliseconds. */
const LONGEST_WAIT_MS = 60_000;
/** Refusals that end by themselves, besides those of `Problem.isTemporary`: 409 follows from bytes that arrived unnoticed. */
const PASSING = [408, 409, 423];
/** The server does not have the upload any more. */
const GONE = [404, 410];
/** Refusals after which the server does not continue the upload. */
const FINAL = [413, 415, 422];

/**
 * Resumable uploads by tus 1.0 (`/api/chat/uploads`): for large files, and for those whose whole request broke off. Own code, and not
 * `tus-js-client`, because that one begins anew after a 401 or 429, gives up while the browser says that it is offline, and
 * knows no `Retry-After`; what would remain of it is these requests.
 */
export class Resumable implements Transport {
  constructor(readonly api: Api) {}

  takes({ size }: File, isRepeat: boolean): boolean {
    return size > LARGE || (isRepeat && size > 0);
  }

  carrier(file: File, interrupted?: InterruptedUploads): Carrier {
    return new ResumableCarrier(this.api, file, interrupted);
  }
}

class ResumableCarrier implements Carrier {
  readonly canResume = true;
  /** Id of the upload: once it is known, or while the server is asked to begin it. */
  #id: Promise<string> | undefined;
  #isDiscarded = false;
  /** Most bytes that the server is known to have. */
  #stored = 0;
  #failures = 0;
  readonly #backoff: Backoff;

  constructor(
    readonly api: Api,
    readonly file: File,
    readonly interrupted: InterruptedUploads | undefined,
  ) {
    this.#backoff = new Backoff(api.environment.random);
    const kept = interrupted?.take(file);
    if (kept) this.#id = Promise.resolve(kept.id);
  }

  async run(progress: Progress, signal: AbortSignal): Promise<Attachment> {
    let hasBegunAnew = false;
    this.#recovered();
    for (;;) {
      try {
        return await this.#attempt(progress, signal);
      } catch (error) {
        signal.throwIfAborted();
        const problem = Problem.of(error);
        if (GONE.includes(problem.status) && !hasBegunAnew) {
          hasBegunAnew = true;
          await this.#forget();
          continue;
        }
        if (FINAL.includes(problem.status)) await this.#forget();
        const waitMs = await this.#waitAfter(problem);
        progress.retries(problem);
        await this.#wait(waitMs, problem.retryAfterMs === undefined, signal);
      }
    }
  }

  discard(): void {
    this.#isDiscarded = true;
    const known = this.#id;
    this.#id = undefined;
    known?.then(
      (id) => {
        this.interrupted?.ended(id);
        return endUpload(this.api, id);
      },
      () => {
        // The server has not begun it.
      },
    );
  }

  async #attempt(progress: Progress, signal: AbortSignal): Promise<Attachment> {
    const isKnown = this.#id !== undefined;
    this.#id ??= this.#begin();
    const id = await unlessAborted(this.#id, signal);
    let { offset, file } = isKnown ? await this.#state(id, signal) : { offset: 0, file: null };
    progress.sent(offset);
    while (offset < this.file.size) {
      offset = await write(this.api, id, this.file, offset, (bytes) => progress.sent(bytes), signal);
      this.#moved(id, offset);
    }
    file ??= (await this.#state(id, signal)).file;
    // All bytes were there, and the file was deleted since.
    if (!file) throw new Problem("not-found", 404, "Not found");
    this.interrupted?.ended(id);
    return file;
  }

  async #begin(): Promise<string> {
    try {
      const { id, until } = await begin(this.api, this.file);
      if (!this.#isDiscarded) this.interrupted?.begun(this.file, id, until);
      return id;
    } catch (error) {
      this.#id = undefined;
      throw error;
    }
  }

  async #state(id: string, signal: AbortSignal): Promise<{ offset: number; file: Attachment | null }> {
    const { offset, size, file } = await stateOf(this.api, id, signal);
    if (size !== this.file.size) throw new Problem("not-found", 404, "Not found");
    this.#moved(id, offset);
    return { offset, file };
  }

  #moved(id: string, offset: number): void {
    this.interrupted?.moved(id, offset);
    if (offset > this.#stored) this.#recovered();
    this.#stored = Math.max(this.#stored, offset);
  }

  #recovered(): void {
    this.#failures = 0;
    this.#backoff.reset();
  }

  async #forget(): Promise<void> {
    const known = this.#id;
    this.#id = undefined;
    this.#stored = 0;
    const id = await known?.catch(() => undefined);
    if (id !== undefined) this.interrupted?.ended(id);
  }

  /** How long to wait before the next attempt, milliseconds. Throws the problem if there is none. */
  async #waitAfter(problem: Problem): Promise<number> {
    if (!problem.isTemporary && !PASSING.includes(problem.status)) throw problem;
    // Browsers report a file that they cannot read as a request without an answer.
    if (problem.status === 0 && !(await isReadable(this.file))) throw unreadable();
    // Without a network, nothing has failed that another attempt would tell.
    if (this.api.environment.isOnline()) this.#failures += 1;
    const { retryAfterMs = 0 } = problem;
    if (this.#failures > MOST_FAILURES || retryAfterMs > LONGEST_WAIT_MS) throw problem;
    return Math.max(this.#backoff.next(), retryAfterMs);
  }

  /** `endsEarly`: as soon as the network is back, or the user is. */
  #wait(ms: number, endsEarly: boolean, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = () => {
        clearTimeout(timer);
        unwatch();
        signal.removeEventListener("abort", end);
        if (signal.aborted) reject(signal.reason);
        else resolve();
      };
      const timer = setTimeout(end, ms);
      const unwatch = this.api.environment.watch((change) => {
        if (endsEarly && (change === "online" || change === "visible")) end();
      });
      signal.addEventListener("abort", end);
      if (signal.aborted) end();
    });
  }
}

/** What a promise becomes, which is not stopped itself. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop);
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}

async function isReadable(file: File): Promise<boolean> {
  return file
    .slice(0, 1)
    .arrayBuffer()
    .then(
      () => true,
      () => false,
    );
}

/** The file was changed or removed since it was chosen. */
function unreadable(): Problem {
  return new Problem("file-unreadable", 422, "The file cannot be read");
}
