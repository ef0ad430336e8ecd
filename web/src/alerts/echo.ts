/** The part of Laravel Echo that this library uses. The application supplies laravel-echo and pusher-js. */

export interface EchoChannel {
  listen(event: string, callback: (payload: never) => void): unknown;
  stopListening(event: string, callback?: (payload: never) => void): unknown;
  subscribed(callback: () => void): unknown;
  error(callback: (status: unknown) => void): unknown;
  /** The underlying pusher-js channel. */
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
 * The shared Echo of the page. The first call creates it with `make`; later calls return the same instance. An application
 * that already has one passes it: `useEcho(() => window.Echo)`. Throws if there is no instance and no `make`.
 */
export function useEcho<Echo extends EchoLike>(make?: () => Echo): Echo {
  if (!shared) {
    if (!make) throw new Error("useEcho needs to be told once how to make the Echo of the page");
    shared = make();
  }
  return shared as Echo;
}

/** Drops the shared Echo; the next `useEcho` creates another. Call it after disconnecting an Echo at sign-out. */
export function forgetEcho(): void {
  shared = undefined;
}
