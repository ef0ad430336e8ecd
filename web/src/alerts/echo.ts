/** Laravel Echo, as far as it is used here. Neither it nor pusher-js comes with this library: an application brings its own. */

export interface EchoChannel {
  listen(event: string, callback: (payload: never) => void): unknown;
  stopListening(event: string, callback?: (payload: never) => void): unknown;
  subscribed(callback: () => void): unknown;
  error(callback: (status: unknown) => void): unknown;
  /** The channel of pusher-js beneath it. */
  subscription?: { subscribed?: boolean };
}

export interface PusherConnection {
  state: string;
  bind(event: string, callback: (change: { previous: string; current: string }) => void): unknown;
}

export interface EchoLike {
  private(channel: string): EchoChannel;
  /** With Echo's connector for Pusher and Reverb, the connection of pusher-js. */
  connector: { pusher?: { connection: PusherConnection } };
}

let shared: EchoLike | undefined;

/**
 * The one Echo of the page: made by the first who asks, with what they bring, and the same for all after. An application that
 * has one already gives it: `useEcho(() => window.Echo)`. Throws if nobody has brought one.
 */
export function useEcho<Echo extends EchoLike>(make?: () => Echo): Echo {
  if (!shared) {
    if (!make) throw new Error("useEcho needs to be told once how to make the Echo of the page");
    shared = make();
  }
  return shared as Echo;
}

/** The next who asks makes another. Whoever ends an Echo for good, at a sign-out, calls this. */
export function forgetEcho(): void {
  shared = undefined;
}
