export * from "./hooks";
export { setRoomRole } from "./inbox";
export { keys } from "./keys";
export { LiveCache } from "./live";
export { createQueryClient } from "./queryClient";
export { type CachedMember, type CachedMessage, type Ending, messageKey, type Presence, type Typist } from "./types";
