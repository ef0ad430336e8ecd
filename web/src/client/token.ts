/** Gets a token. `fresh`: the last token was refused, so a cached one must not be returned. */
export type GetToken = (options: { fresh: boolean }) => Promise<string>;

/** Caches the token in memory and shares one `getToken` call between concurrent callers (single-flight). */
export class TokenSource {
  #token: Promise<string> | undefined;

  constructor(readonly getToken: GetToken) {}

  current(): Promise<string> {
    return this.#token ?? this.#get(false);
  }

  /** Replaces a refused token, unless another caller has just done so. */
  async renewed(refused: string): Promise<string> {
    const held = this.#token;
    const token = await held?.catch(() => refused);
    if (token !== undefined && token !== refused) return token;
    if (this.#token !== undefined && this.#token !== held) return this.#token;
    return this.#get(true);
  }

  #get(fresh: boolean): Promise<string> {
    const token = this.getToken({ fresh });
    this.#token = token;
    token.catch(() => {
      // A failed call is not cached: the next caller retries.
      if (this.#token === token) this.#token = undefined;
    });
    return token;
  }
}
