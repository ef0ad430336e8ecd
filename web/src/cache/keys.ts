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
  inboxConnection: ["connection", "inbox"] as const,
  rooms: ["rooms", "list"] as const,
  users: (q: string) => ["users", "search", q] as const,
};
