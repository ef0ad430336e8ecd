/** Keys of the query cache. Lists hold ids; each entity is under one key only. */
export const keys = {
  inbox: ["conversations", "list"] as const,
  conversation: (id: string) => ["conversations", "detail", id] as const,
  message: (id: string) => ["messages", "detail", id] as const,
  messages: (conversationId: string) => ["conversations", "messages", conversationId] as const,
  /** Replies of a thread, by its first message. */
  replies: (threadId: string) => ["messages", "replies", threadId] as const,
  /** How far back the replies of a thread are loaded. */
  repliesHistory: (threadId: string) => ["messages", "repliesHistory", threadId] as const,
  /** A quoted message that is not loaded. */
  quote: (conversationId: string, messageId: string) => [...keys.quotes(conversationId), messageId] as const,
  quotes: (conversationId: string) => ["messages", "quotes", conversationId] as const,
  /** When and how the user's read marker last moved in this tab. */
  markerMove: (conversationId: string) => ["conversations", "markerMove", conversationId] as const,
  /** How far back the history is loaded. */
  history: (conversationId: string) => ["conversations", "history", conversationId] as const,
  /** Patches for messages that are not loaded. */
  patches: (conversationId: string) => ["conversations", "patches", conversationId] as const,
  /** A draft by its place; a thread's has its first message. */
  draft: (conversationId: string, parentId = "") => [...keys.draftDetails, conversationId, parentId] as const,
  draftDetails: ["drafts", "detail"] as const,
  /** `true` once the drafts are loaded. */
  drafts: ["drafts", "list"] as const,
  saved: ["saved"] as const,
  /** The threads that the user follows. */
  threads: ["threads"] as const,
  /** Where the user has marked messages as unread in the open conversation; `null` if nowhere. */
  unreadHold: (conversationId: string) => ["conversations", "unreadHold", conversationId] as const,
  /** Members that fit the letters after an @. */
  mentionable: (conversationId: string, q: string) => ["members", "mentionable", conversationId, q] as const,
  /** A page list of notifications: `all`, or `unread`. */
  notifications: (filter: string) => ["notifications", "list", filter] as const,
  notification: (id: string) => [...keys.notificationDetails, id] as const,
  notificationDetails: ["notifications", "detail"] as const,
  /** The number of unread notifications. */
  notificationCount: ["notifications", "count"] as const,
  /** What the user wants to be notified of. */
  notificationPreferences: ["notifications", "preferences"] as const,
  /** Scheduled messages that wait or could not be sent. */
  scheduled: ["scheduled"] as const,
  /** A scheduled message that the user edits, for the composer of its place: a conversation, or a thread. */
  restored: (placeId: string) => ["scheduled", "restored", placeId] as const,
  /** The dialog that is open beside a conversation's own; `null` if none. */
  panel: ["panel"] as const,
  /** What the user has searched for last in this tab. */
  searched: ["searched"] as const,
  /** Pages of hits, by what is searched for. */
  search: (type: string, query: object) => ["search", type, query] as const,
  blocks: ["blocks"] as const,
  /** Open reports for a moderator. */
  reports: ["reports"] as const,
  /** When the user may write again in slow mode, milliseconds since the epoch. */
  slowUntil: (conversationId: string) => ["conversations", "slowUntil", conversationId] as const,
  /** A message to scroll to, in a conversation or in a thread. */
  jump: (placeId: string) => ["conversations", "jump", placeId] as const,
  /** The texts that edits of a message replaced. */
  earlierBodies: (messageId: string) => ["messages", "earlier", messageId] as const,
  room: (roomId: string) => ["rooms", "detail", roomId] as const,
  pins: (conversationId: string) => ["conversations", "pins", conversationId] as const,
  presence: (conversationId: string) => ["conversations", "presence", conversationId] as const,
  typing: (conversationId: string) => ["conversations", "typing", conversationId] as const,
  receipts: (conversationId: string) => ["conversations", "receipts", conversationId] as const,
  connection: (conversationId: string) => ["conversations", "connection", conversationId] as const,
  /** Why the user is no longer a member; `null` after they rejoined. */
  ending: (conversationId: string) => ["conversations", "ending", conversationId] as const,
  inboxConnection: ["connection", "inbox"] as const,
  rooms: ["rooms", "list"] as const,
  members: (conversationId: string) => ["members", "list", conversationId] as const,
  member: (conversationId: string, userId: string) => ["members", "detail", conversationId, userId] as const,
  /** Cursor of the next page of members; `null` if all are loaded. */
  moreMembers: (conversationId: string) => ["members", "more", conversationId] as const,
  bans: (roomId: string) => ["rooms", "bans", roomId] as const,
  /** Invites for the user. */
  myInvites: ["invites", "list"] as const,
  invite: (id: string) => ["invites", "detail", id] as const,
  /** The card of an invite link. */
  invitePreview: (token: string) => ["invites", "preview", token] as const,
  /** Invites of a room, for its moderators. */
  roomInvites: (conversationId: string) => ["invites", "ofRoom", conversationId] as const,
  roomInvite: (id: string) => ["invites", "ofRoom", "detail", id] as const,
  /** A user's profile. */
  user: (id: string) => ["users", "detail", id] as const,
  users: (q: string) => ["users", "search", q] as const,
};
