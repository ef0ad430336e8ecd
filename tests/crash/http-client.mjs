// HTTP with retries: a request without a response, or with a temporary refusal, is repeated with the same body.
import { setTimeout as pause } from "node:timers/promises";

/** Time after which a repeated request counts as unanswered. */
const PATIENCE_MS = 45_000;
/** Time-out of one attempt. */
const TRY_MS = 15_000;
const MAX_PAUSE_MS = 800;

export class Unanswered extends Error {}

export class HttpClient {
  /** Attempts without a response or with a temporary refusal, by status. */
  #again;

  constructor(person, random, again) {
    Object.assign(this, { person, random });
    this.#again = again;
  }

  /**
   * Repeats a call until a final response.
   * @param {() => object} [headers] made again for each attempt
   * @returns {{status: number, body: any, tries: number}}
   */
  async request(method, path, body, headers = () => ({})) {
    const deadline = Date.now() + PATIENCE_MS;
    for (let tries = 1; ; tries++) {
      const sent = headers();
      const answer = await this.#once(method, path, body, sent);
      const isFinal = answer.status < 500 && answer.status !== 429 && answer.status !== 0;
      if (isFinal) return { ...answer, tries, sent };
      this.#again.set(answer.status, (this.#again.get(answer.status) ?? 0) + 1);
      if (Date.now() > deadline) throw new Unanswered(`${method} ${path}: ${answer.status} after ${tries} tries`);
      const longest = Math.min(MAX_PAUSE_MS, 40 * 2 ** Math.min(tries, 6));
      await pause(this.random.between(longest / 4, longest));
    }
  }

  /** The same, which must succeed; returns the body. */
  async ok(method, path, body) {
    const answer = await this.request(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.body?.title ?? ""}`);
    return answer.body;
  }

  async #once(method, path, body, headers) {
    const timer = new AbortController();
    const late = pause(TRY_MS, { status: 0 }, { signal: timer.signal }).catch(() => undefined);
    try {
      return await Promise.race([this.person.call(method, path, body, headers), late]);
    } catch (error) {
      // The engine is down, or died during the request.
      if (!(error instanceof TypeError) && !(error instanceof SyntaxError)) throw error;
      return { status: 0 };
    } finally {
      timer.abort();
    }
  }
}
