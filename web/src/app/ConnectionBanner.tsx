import { useEffect, useState } from "react";
import { useConnection } from "../cache";
import type { LinkState } from "../client";
import { strings } from "./strings";

/** An interruption shorter than this is not shown. */
const PATIENCE_MS = 1_200;

const WORDS: Partial<Record<LinkState, string>> = {
  connecting: strings.connection.connecting,
  reconnecting: strings.connection.reconnecting,
  offline: strings.connection.offline,
  forbidden: strings.connection.forbidden,
  "signed-out": strings.connection.signedOut,
  invalid: strings.connection.invalid,
};

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
  const words = isTransient && !isLate ? undefined : WORDS[state];
  return (
    <div className="banner-place" role="status" data-connection={state}>
      {words && <p className={`banner banner-${state}`}>{words}</p>}
    </div>
  );
}
