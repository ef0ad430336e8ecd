export * from "./hooks";
export { keys } from "./keys";
export { LiveCache } from "./live";
export { createQueryClient } from "./queryClient";
export { type CachedMessage, messageKey, type Presence, type Typist } from "./types";
