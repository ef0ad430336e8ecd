import type { ErrorFrame } from "./protocol";

/** A refusal, from HTTP (RFC 9457) or from a socket's `error` frame. */
export class Problem extends Error {
  override readonly name = "Problem";

  constructor(
    /** The last part of the problem's `type`: stable, for programs. */
    readonly slug: string,
    readonly status: number,
    title: string,
    readonly detail?: string,
    readonly retryAfterMs?: number,
    /** When a mute or a ban ends. */
    readonly until?: string,
    /** The document that it came as, with what is particular to the refusal. */
    readonly members: Readonly<Record<string, unknown>> = {},
  ) {
    super(title);
  }

  /** Whether it is about a field of what was sent. */
  isAbout(field: string): boolean {
    const errors = this.members["errors"];
    return Array.isArray(errors) && errors.some((error) => error?.field === field);
  }

  /** Nothing was refused for good: the same request can work later. */
  get isTemporary(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }

  static ofFrame(frame: ErrorFrame): Problem {
    const { error, status, title, detail, retry_after_ms, until } = frame;
    return new Problem(error, status, title, detail, retry_after_ms ?? undefined, until ?? undefined);
  }

  static async ofResponse(response: Response): Promise<Problem> {
    let document: Record<string, unknown> = {};
    try {
      const parsed: unknown = await response.json();
      if (typeof parsed === "object" && parsed !== null) document = parsed as Record<string, unknown>;
    } catch {
      // Something between us and the server answered; the status is all there is.
    }
    const text = (field: string) => (typeof document[field] === "string" ? (document[field] as string) : undefined);
    const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
    const wait =
      typeof document["retry_after_ms"] === "number"
        ? document["retry_after_ms"]
        : Number.isFinite(seconds)
          ? seconds * 1_000
          : undefined;
    return new Problem(
      text("type")?.split("/").pop() ?? "unknown",
      response.status,
      text("title") ?? `HTTP ${response.status}`,
      text("detail"),
      wait,
      text("until"),
      document,
    );
  }

  /** Whatever was thrown: what is no refusal never got an answer. */
  static of(error: unknown): Problem {
    return error instanceof Problem ? error : Problem.unreachable();
  }

  /** The request never got an answer. */
  static unreachable(): Problem {
    return new Problem("unreachable", 0, "The server cannot be reached");
  }

  static tooLarge(): Problem {
    return new Problem("too-large", 413, "Too large");
  }
}
