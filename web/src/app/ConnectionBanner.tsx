import { useEffect, useState } from "react";
import { useConnection } from "../cache";
import type { LinkState } from "../client";
import { strings } from "./strings";

/** An interruption shorter than this is not shown. */
const PATIENCE_MS = 1_200;

function wordsOf(state: LinkState): string | undefined {
  const { connecting, reconnecting, offline, forbidden, signedOut, invalid } = strings.connection;
  const words: Partial<Record<LinkState, string>> = { connecting, reconnecting, offline, forbidden, invalid };
  return state === "signed-out" ? signedOut : words[state];
}

export function ConnectionBanner({ id }: { id: string }) {
  const state = useConnection(id);
  const [isLate, setLate] = useState(false);
  const isTransient = state === "connecting" || state === "reconnecting" || state === "idle";
  useEffect(() => {
    setLate(false);
    if (!isTransient) return;
    const timer = setTimeout(() => setLate(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [isTransient]);
  const words = isTransient && !isLate ? undefined : wordsOf(state);
  return (
    <div className="banner-place" role="status" data-connection={state}>
      {words && <p className={`banner banner-${state}`}>{words}</p>}
    </div>
  );
}
