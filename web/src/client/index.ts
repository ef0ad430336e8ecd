/** Campana's client library for browsers: no framework, no dependency. */
export { AlertApi, type AlertQuery, alertOfRefusal } from "./alertApi";
export { type AlertListener, AlertSocket } from "./alertSocket";
export { Api } from "./api";
export { CampanaClient, type CampanaOptions } from "./client";
export { type ConversationListener, ConversationSocket } from "./conversationSocket";
export { browserEnvironment, type Environment, randomId, randomUuid, type Socket } from "./environment";
export { isFinal, type LinkState } from "./link";
export { ModerationApi, type RoomRules } from "./moderationApi";
export { NotificationApi } from "./notificationApi";
export type { Outgoing } from "./outbox";
export { type DraftPlace, PersonalApi, type ScheduleDraft } from "./personalApi";
export { Problem } from "./problem";
export * from "./protocol";
export type { GetToken } from "./token";
export { type OwnAlertListener, type UserListener, UserSocket } from "./userSocket";
