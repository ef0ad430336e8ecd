import { useSyncExternalStore } from "react";
import type { DraftPlace } from "../client";
import type { Attaching, AttachingState } from "./attaching";
import { useLive } from "./hooks";

export type { Attaching, AttachingState };

/** The files of the message that the user writes in a place. */
export function useAttaching(place: DraftPlace): AttachingState & { attaching: Attaching } {
  const attaching = useLive().attachings.of(place);
  return { attaching, ...useSyncExternalStore(attaching.subscribe, attaching.state) };
}
