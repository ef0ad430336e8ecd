export { type Attaching, type AttachingState, useAttaching } from "./attachingHooks";
export * from "./hooks";
export { setRoomRole } from "./inbox";
export { keys } from "./keys";
export { LiveCache } from "./live";
export * from "./notificationHooks";
export type { NotificationFilter, NotificationsOver } from "./notifications";
export { answered } from "./ownMessages";
export * from "./personalHooks";
export { createQueryClient } from "./queryClient";
export {
  type CachedMember,
  type CachedMessage,
  type Ending,
  type Jump,
  messageKey,
  type NotificationList,
  type Panel,
  type Presence,
  type Restored,
  type Typist,
} from "./types";
