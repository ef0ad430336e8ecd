/**
 * Waits until no other tab of the device has this turn, and then calls `onTurn`. The returned function gives the turn up. Without the
 * Web Locks API (plain HTTP, frames without an origin) every tab has its turn at once.
 */
export function takeTurn(name: string, onTurn: () => void): () => void {
  const abort = new AbortController();
  let giveUp = () => {};
  const held = new Promise<void>((resolve) => {
    giveUp = resolve;
  });
  const begin = () => {
    if (!abort.signal.aborted) onTurn();
  };
  const request = async () => {
    if (!navigator.locks) return begin();
    await navigator.locks.request(name, { signal: abort.signal }, () => {
      begin();
      return held;
    });
  };
  request().catch(begin);
  return () => {
    abort.abort();
    giveUp();
  };
}
