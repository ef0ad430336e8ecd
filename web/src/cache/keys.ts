/** Where things are in the query cache. Lists hold ids; each thing is in one place only. */
export const keys = {
  inbox: ["conversations", "list"] as const,
  conversation: (id: string) => ["conversations", "detail", id] as const,
  message: (id: string) => ["messages", "detail", id] as const,
  messages: (conversationId: string) => ["conversations", "messages", conversationId] as const,
  /** How far back the history was loaded. */
  history: (conversationId: string) => ["conversations", "history", conversationId] as const,
  /** Changes of messages that are not loaded. */
  patches: (conversationId: string) => ["conversations", "patches", conversationId] as const,
  presence: (conversationId: string) => ["conversations", "presence", conversationId] as const,
  typing: (conversationId: string) => ["conversations", "typing", conversationId] as const,
  receipts: (conversationId: string) => ["conversations", "receipts", conversationId] as const,
  connection: (conversationId: string) => ["conversations", "connection", conversationId] as const,
  /** Why one is no longer in; `null` if one came back. */
  ending: (conversationId: string) => ["conversations", "ending", conversationId] as const,
  inboxConnection: ["connection", "inbox"] as const,
  rooms: ["rooms", "list"] as const,
  members: (conversationId: string) => ["members", "list", conversationId] as const,
  member: (conversationId: string, userId: string) => ["members", "detail", conversationId, userId] as const,
  /** Where the next page of members begins; `null` if all are loaded. */
  moreMembers: (conversationId: string) => ["members", "more", conversationId] as const,
  bans: (roomId: string) => ["rooms", "bans", roomId] as const,
  /** Invites for oneself. */
  myInvites: ["invites", "list"] as const,
  invite: (id: string) => ["invites", "detail", id] as const,
  /** Where a link leads. */
  invitePreview: (token: string) => ["invites", "preview", token] as const,
  /** Invites of a room, for its moderators. */
  roomInvites: (conversationId: string) => ["invites", "ofRoom", conversationId] as const,
  roomInvite: (id: string) => ["invites", "ofRoom", "detail", id] as const,
  users: (q: string) => ["users", "search", q] as const,
};
