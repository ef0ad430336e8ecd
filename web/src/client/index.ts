/** Campana's client library for browsers: no framework, no dependency. */
export { Api, type Draft } from "./api";
export { CampanaClient, type CampanaOptions } from "./client";
export { type ConversationListener, ConversationSocket } from "./conversationSocket";
export type { LinkState } from "./link";
export type { Outgoing } from "./outbox";
export { Problem } from "./problem";
export { browserSurroundings, randomId, type Socket, type Surroundings } from "./surroundings";
export type { GetToken } from "./token";
export { type UserListener, UserSocket } from "./userSocket";
export * from "./wire";
