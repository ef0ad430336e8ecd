/** Gets a token; `fresh` asks for a new one because the last was not accepted. */
export type GetToken = (options: { fresh: boolean }) => Promise<string>;

/** Keeps the token, and lets several askers share one call. It never leaves memory. */
export class TokenSource {
  #token: Promise<string> | undefined;

  constructor(readonly getToken: GetToken) {}

  current(): Promise<string> {
    return this.#token ?? this.#ask(false);
  }

  /** A new token in place of one that was refused, unless another asker has just got one. */
  async renewed(refused: string): Promise<string> {
    const held = this.#token;
    const token = await held?.catch(() => refused);
    if (token !== undefined && token !== refused) return token;
    if (this.#token !== undefined && this.#token !== held) return this.#token;
    return this.#ask(true);
  }

  #ask(fresh: boolean): Promise<string> {
    const asked = this.getToken({ fresh });
    this.#token = asked;
    asked.catch(() => {
      // A failed call is not kept: the next asker tries again.
      if (this.#token === asked) this.#token = undefined;
    });
    return asked;
  }
}
