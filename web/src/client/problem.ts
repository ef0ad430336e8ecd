import type { ErrorFrame } from "./protocol";

/** A refusal, from an HTTP problem document (RFC 9457) or a socket's `error` frame. `status` 0: no answer. */
export class Problem extends Error {
  override readonly name = "Problem";

  constructor(
    /** Last path segment of the problem's `type`: stable, for programs. */
    readonly slug: string,
    readonly status: number,
    title: string,
    readonly detail?: string,
    readonly retryAfterMs?: number,
    /** When a mute or a ban ends. */
    readonly until?: string,
    /** The whole problem document, with its extension members. */
    readonly members: Readonly<Record<string, unknown>> = {},
  ) {
    super(title);
  }

  /** Whether the problem names this field of the request. */
  isAbout(field: string): boolean {
    const errors = this.members["errors"];
    return Array.isArray(errors) && errors.some((error) => error?.field === field);
  }

  /** Whether the same request can succeed later. */
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
      // An intermediary answered without a problem document; only the status is known.
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

  /** Converts a thrown value: an error that is no `Problem` means that the request got no answer. */
  static of(error: unknown): Problem {
    return error instanceof Problem ? error : Problem.unreachable();
  }

  /** The request got no answer. */
  static unreachable(): Problem {
    return new Problem("unreachable", 0, "The server cannot be reached");
  }

  /** The request lacks this field. */
  static aboutField(field: string): Problem {
    const members = { errors: [{ field, detail: "is needed" }] };
    return new Problem("invalid", 422, "Invalid", undefined, undefined, undefined, members);
  }

  static tooLarge(): Problem {
    return new Problem("too-large", 413, "Too large");
  }
}
