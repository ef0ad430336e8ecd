// A valid request for every endpoint of the router, with every field. Words in braces are filled in from the pool. `as` is the
// caller's role; the default is a member of the rooms. `only`: no input replaces the caller, who loses access by the request.
import { publicKey, VAPID } from "../support/push-service.mjs";

const CHAT = "/api/chat";
const ROOM = `${CHAT}/rooms/{room}`;
const PAGE = { limit: "20", cursor: "{cursor}" };
const HISTORY = { limit: "20", before: "5", after: "1" };
const TAB = "tab-1";
const DRAFT = {
  body: "hello {key}",
  client_msg_id: "{key}",
  type: "text",
  parent_id: "{message}",
  metadata: { files: [{ id: "a", size: 12 }], "a b": null },
  origin_client_id: TAB,
};
const PLACE = {
  lat: 4.6097,
  lng: -74.0817,
  string: "Lobby",
  accuracy: 12.5,
  source: "gps",
  at: "{time:-5}",
};
const ALERT = "/api/security/alerts/{alert}";
const CONNECTION = { client_id: TAB, epoch: "{epoch}", seq: "0" };
const FORM = "application/x-www-form-urlencoded";
const DEVICE = {
  endpoint: "http://127.0.0.1:9/push/1",
  keys: { p256dh: publicKey(VAPID.VAPID_PRIVATE_KEY), auth: "BTBZMqHH6r4Tts7J_aSIgg" },
  expirationTime: null,
  group: "guards",
};
const SETTINGS = {
  limits: { body_chars: 4000, sends_per_second: 10, idle_timeout_ms: 600000, max_connections: null },
  retention: { message_days: null, audit_days: 365 },
  pusher: { event_names: "canonical", client_events: true, gateways: 1, payload_bytes: 10240 },
  alerts: {
    language: "en",
    location_decimals: 5,
    escalation: {
      steps: [{ after_s: 30, page: { groups: ["guards"], people: ["9"], webhooks: true } }],
      repeat: 2,
      stale_after_s: 600,
    },
  },
  web: {
    name: "Other",
    languages: ["en", "pt-BR"],
    oidc_issuer: "https://id.example.com",
    oidc_client_id: "campana-web",
  },
};

const get = (path, query, more) => ({ method: "GET", path, query, ...more });
const post = (path, body, more) => ({ method: "POST", path, body, ...more });

/** A request that creates a resource contains a number, so that a run creates a limited set and then repeats. */
export const HTTP = [
  get("/healthz"),
  get("/up"),
  get("/problems/not-found"),
  get("/api/config", { app: "demo-key" }, { as: "nobody" }),
  get("/metrics", undefined, { as: "admin" }),
  get("/metrics/reverb", undefined, { as: "admin" }),
  get("/api/me"),
  post("/api/me/ticket"),
  post("/api/me/sign-out-everywhere", undefined, { as: "leaver", only: true }),
  get("/api/me/socket", CONNECTION),
  get("/api/me/alerts", PAGE),
  get("/api/me/alert-pins"),
  { method: "PUT", path: "/api/me/alert-pins", body: { cancel_pin: "1234", duress_pin: "4321", current_pin: "1234" } },
  { method: "DELETE", path: "/api/me/alert-pins", body: { current_pin: "1234" } },

  get(`${CHAT}/rooms`, { q: "Fuzz", visibility: "public", mine: "true", ...PAGE }),
  post(
    `${CHAT}/rooms`,
    {
      name: "Made {key}",
      description: "d",
      visibility: "public",
      members: [{ user_id: "{member}", role: "moderator" }],
    },
    { as: "admin", makes: true },
  ),
  get(ROOM),
  {
    method: "PUT",
    path: ROOM,
    body: { name: "Fuzz", description: "x", visibility: "public", origin_client_id: TAB },
    as: "owner",
  },
  { method: "DELETE", path: `${CHAT}/rooms/{doomed}`, as: "owner" },
  post(`${ROOM}/join`),
  post(`${ROOM}/leave`),
  get(`${ROOM}/members`, PAGE),
  post(`${ROOM}/members`, { user_id: "{member}", role: "member" }, { as: "owner" }),
  { method: "PUT", path: `${ROOM}/members/{member}`, body: { role: "moderator" }, as: "owner" },
  { method: "DELETE", path: `${ROOM}/members/{member}`, as: "owner" },
  post(`${ROOM}/members/{member}/mute`, { until: "{time:600}", reason: "noise" }, { as: "owner" }),
  { method: "DELETE", path: `${ROOM}/members/{member}/mute`, as: "owner" },
  post(`${ROOM}/members/{member}/ban`, { until: "{time:600}", reason: "noise" }, { as: "owner" }),
  { method: "DELETE", path: `${ROOM}/members/{member}/ban`, as: "owner" },
  get(`${ROOM}/bans`, PAGE, { as: "owner" }),
  get(`${ROOM}/invites`, PAGE, { as: "owner" }),
  post(
    `${ROOM}/invites`,
    { max_uses: 3, expires_at: "{time:600}", user_id: "{member}", role: "member" },
    { as: "owner", makes: true },
  ),
  { method: "DELETE", path: `${ROOM}/invites/{invite}`, as: "owner" },
  get(`${ROOM}/messages`, HISTORY),
  get(`${ROOM}/messages`, { limit: "3", around: "{message}" }),
  post(`${ROOM}/messages`, DRAFT, { says: true }),

  get(`${CHAT}/conversations`, PAGE),
  post(`${CHAT}/conversations`, { type: "dm", user_id: "{member}" }),
  post(
    `${CHAT}/conversations`,
    { type: "group", user_ids: ["{member}", "{person}"], metadata: { name: "g" }, report_id: "r-1" },
    { makes: true },
  ),
  get(`${CHAT}/conversations/{conversation}`),
  {
    method: "PATCH",
    path: `${CHAT}/conversations/{conversation}`,
    body: { metadata: { name: "new", tags: ["a"] }, origin_client_id: TAB },
    as: "owner",
  },
  post(`${CHAT}/conversations/{conversation}/leave`),
  get(`${CHAT}/conversations/{conversation}/members`, PAGE),
  post(`${CHAT}/conversations/{conversation}/members`, { user_id: "{member}", role: "member" }, { as: "owner" }),
  {
    method: "PUT",
    path: `${CHAT}/conversations/{conversation}/members/{member}`,
    body: { role: "moderator" },
    as: "owner",
  },
  { method: "DELETE", path: `${CHAT}/conversations/{conversation}/members/{member}`, as: "owner" },
  post(`${CHAT}/conversations/{conversation}/read`, { seq: 1, origin_client_id: TAB }),
  get(`${CHAT}/conversations/{conversation}/messages`, HISTORY),
  get(`${CHAT}/conversations/{conversation}/messages`, { around: "5" }),
  post(`${CHAT}/conversations/{conversation}/messages`, DRAFT, { says: true }),
  get(`${CHAT}/conversations/{conversation}/socket`, CONNECTION),
  get(`${CHAT}/conversations/{conversation}/events`, CONNECTION, { headers: { "last-event-id": "{epoch}:0" } }),

  get(`${CHAT}/conversations/{conversation}/events`, undefined, { headers: { "last-event-id": "{epoch}:1" } }),
  get(`${CHAT}/conversations/{conversation}/events`, { seq: "1" }),

  get(`${CHAT}/messages`, HISTORY),
  post(`${CHAT}/messages`, { message: "to all", client_msg_id: "{key}", origin_client_id: TAB }, { says: true }),
  post(
    `${CHAT}/messages/private`,
    { recipient_id: "{person}", message: "to you", client_msg_id: "{key}", origin_client_id: TAB },
    { says: true },
  ),
  {
    method: "PUT",
    path: `${CHAT}/messages/{message}`,
    query: { conversation_id: "{conversation}", origin_client_id: TAB },
    body: { body: "changed", origin_client_id: TAB },
    as: "owner",
  },
  { method: "PUT", path: `${CHAT}/messages/{message}`, body: { body: "changed" }, as: "owner" },
  { method: "DELETE", path: `${CHAT}/messages/{message}`, query: { origin_client_id: TAB }, as: "owner" },
  post(`${CHAT}/messages/{message}/read`, {}, { query: { conversation_id: "{conversation}" } }),
  post(`${CHAT}/typing`, { typing: true, origin_client_id: TAB }),
  get(`${CHAT}/users`, { q: "User", ...PAGE }),
  get(`${CHAT}/users/online`, PAGE),
  get(`${CHAT}/invites`, PAGE),
  get(`${CHAT}/invites/{token}`),
  post(`${CHAT}/invites/{token}/accept`, {}),
  post(`${CHAT}/invites/{token}/decline`, {}),

  post("/api/security/alerts", {
    id: "{alert}",
    apartment: { id: 101, address: "Tower 2" },
    location: PLACE,
    note: "help",
    drill: false,
  }),
  post("/api/security/alerts", { id: "{alert}", note: "drill", drill: true }, { as: "guard" }),
  get(
    "/api/security/alerts",
    { status: "open", user_id: "{person}", drill: "false", since: "{time:-600}", until: "{time:600}", ...PAGE },
    { as: "guard" },
  ),
  get("/api/security/alerts/active", undefined, { as: "guard" }),
  get("/api/security/alerts/socket", CONNECTION, { as: "guard" }),
  get("/api/security/status", undefined, { as: "guard" }),
  get(ALERT, { entry: "1" }, { as: "guard" }),
  get(ALERT, { entry: "1" }, { as: "guard", headers: { accept: "application/cap+xml" } }),
  get(`${ALERT}/timeline`, PAGE, { as: "guard" }),
  get(`${ALERT}/trail`, PAGE, { as: "guard" }),
  get(`${ALERT}/deliveries`, PAGE, { as: "guard" }),
  post(`${ALERT}/acknowledge`, {}, { as: "guard" }),
  post(`${ALERT}/respond`, {}, { as: "guard" }),
  post(`${ALERT}/resolve`, { reason: "done", note: "n" }, { as: "guard" }),
  post(`${ALERT}/false-alarm`, { reason: "test", note: "n" }, { as: "guard" }),
  post(`${ALERT}/cancel`, { reason: "sorry", pin: "1234" }),
  post(`${ALERT}/location`, PLACE),
  post(`${ALERT}/receipts`, { state: "seen" }, { as: "guard" }),
  { method: "DELETE", path: "/api/security/guards/fuzz-withdrawn", as: "admin" },
  get("/api/security/push/key"),
  get("/api/security/push/subscriptions", undefined, { as: "guard" }),
  post("/api/security/push/subscriptions", DEVICE, { as: "guard" }),
  {
    method: "DELETE",
    path: "/api/security/push/subscriptions",
    body: { endpoint: "http://127.0.0.1:9/push/1" },
    as: "guard",
  },

  get(
    "/api/admin/audits",
    {
      actor_id: "fuzz-1",
      target_id: "{room}",
      action: "room.created",
      since: "{time:-86400}",
      until: "{time:600}",
      ...PAGE,
    },
    { as: "admin" },
  ),
  get("/api/admin/audits", { since: "{time:-600}" }, { as: "other-admin", headers: { accept: "application/jsonl" } }),
  get("/api/admin/series", { metric: "requests", minutes: "{limit}" }, { as: "admin" }),
  get("/api/admin/stats", undefined, { as: "admin" }),
  get("/api/admin/settings", undefined, { as: "admin" }),
  get("/api/admin/connections", { user_id: "fuzz-1", channel: "{channel}", ...PAGE }, { as: "admin" }),
  { method: "DELETE", path: "/api/admin/connections/{room}", as: "other-admin" },
  get("/api/admin/channels", { prefix: "presence-", ...PAGE }, { as: "admin" }),
  get("/api/admin/explain", { user_id: "fuzz-1", channel: "{channel}" }, { as: "admin" }),
  get("/api/admin/explain", { user_id: "fuzz-1", conversation_id: "{conversation}" }, { as: "admin" }),
  get("/api/admin/channels/{channel}", undefined, { as: "admin" }),
  post("/api/admin/channels/{channel}/events", { name: "e", data: { a: 1 } }, { as: "other-admin" }),
  post("/api/admin/users/fuzz-leaver/sign-out", undefined, { as: "other-admin" }),
  { method: "PATCH", path: "/api/admin/settings", body: SETTINGS, as: "other-admin" },
  get("/api/admin/alert-webhooks", undefined, { as: "other-admin" }),
  post(
    "/api/admin/alert-webhooks",
    { url: "http://127.0.0.1:9/hook", events: ["alert.triggered"] },
    { as: "other-admin" },
  ),
  { method: "DELETE", path: "/api/admin/alert-webhooks/{room}", as: "other-admin" },
  post("/api/admin/alert-webhooks/{room}/rotate", {}, { as: "other-admin" }),
  post("/api/admin/alert-webhooks/{room}/enable", {}, { as: "other-admin" }),
  get("/api/admin/users", { q: "fuzz", ...PAGE }, { as: "admin" }),
  get("/api/admin/webhooks", undefined, { as: "other-admin" }),
  get("/api/admin/webhooks/{room}/deliveries", PAGE, { as: "other-admin" }),
  post("/api/admin/webhooks/{room}/deliveries/fuzz/replay", {}, { as: "other-admin" }),
  post("/api/admin/webhooks/{room}/enable", {}, { as: "other-admin" }),
  post("/api/admin/webhooks/{room}/disable", {}, { as: "other-admin" }),
  get("/api/admin/keys", undefined, { as: "admin" }),
  // By a member, so that the secrets of the run stay.
  post("/api/admin/keys/rotate", { keep_old_hours: 1 }),

  post("/app/demo-key/refresh", undefined, { as: "nobody" }),
  get("/app/demo-key", { protocol: "7", client: "js", version: "8.6.0", flash: "false" }),
  post(
    "/broadcasting/auth",
    { socket_id: "123.456", channel_name: "{channel}" },
    { headers: { "content-type": "application/json" } },
  ),
  post("/broadcasting/auth", { socket_id: "123.456", channel_name: ["{channel}", "{channel}"] }),
  post(
    "/broadcasting/auth",
    { socket_id: "123.456", channel_name: "{channel}" },
    { headers: { "content-type": FORM } },
  ),
  post("/broadcasting/user-auth", { socket_id: "123.456", watchlist: ["{person}", "{member}"] }),
  post("/broadcasting/user-auth", { socket_id: "123.456" }, { headers: { "content-type": FORM } }),
  get("/api/demo/people", undefined, { as: "nobody" }),
  post("/api/demo/token", { user: "7" }, { as: "nobody" }),
  get("/api/nothing"),
  post("/apps/1/events", { name: "e", channel: "news", data: "{}" }, { as: "nobody" }),
  get("/apps/1/channels", undefined, { as: "nobody" }),
];
