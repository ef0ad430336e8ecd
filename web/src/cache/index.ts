export * from "./hooks";
export { setRoomRole } from "./inbox";
export { keys } from "./keys";
export { LiveCache } from "./live";
export { answered } from "./ownMessages";
export * from "./personalHooks";
export { createQueryClient } from "./queryClient";
export {
  type CachedMember,
  type CachedMessage,
  type Ending,
  type Jump,
  messageKey,
  type Presence,
  type Typist,
} from "./types";
