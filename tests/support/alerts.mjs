// Panic alerts in a test: guards, their dashboards, requests, and the expected payloads.
import assert from "node:assert/strict";

export const ALERTS = "/api/security/alerts";
/** Pusher channels of the alert desk. */
export const CHANNELS = ["private-panic-alerts", "private-security-dashboard"];
export const TRIGGERED = "panic-alert.triggered";
export const UPDATED = "panic-alert.updated";

const VIEW_PANIC_ALERTS = "view_panic_alerts";
const CONFLICT = "https://campana.dev/problems/conflict";
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
let calls = 0;

/** A user with the permission to view panic alerts. */
export function guard(world, user, options = {}) {
  return world.person(user, { permissions: [VIEW_PANIC_ALERTS], ...options });
}

/** Body of a request that raises an alert, with a new id. */
export function call(fields = {}) {
  calls += 1;
  return {
    id: `call-${process.pid}-${calls}`,
    apartment: { id: 12, address: "Tower B, 4th floor" },
    location: { lat: 4.711, lng: -74.0721, string: "Lobby", accuracy: 12.2, source: "gps" },
    note: "help",
    ...fields,
  };
}

/** Raises an alert; returns the response body. */
export function raise(person, fields) {
  return person.ok("POST", ALERTS, call(fields));
}

/** Calls an action of an alert, for example `acknowledge`; returns the whole response. */
export function act(person, { id }, action, body) {
  return person.call("POST", `${ALERTS}/${id}/${action}`, body);
}

/** The same, which must succeed; returns the response body. */
export function actOk(person, { id }, action, body) {
  return person.ok("POST", `${ALERTS}/${id}/${action}`, body);
}

/** Resolves alerts, so that a test leaves none open. */
export async function end(person, ...alerts) {
  for (const alert of alerts) await actOk(person, alert, "resolve", { reason: "the end of the test" });
}

/** A native dashboard after its snapshot; `open` has the open alerts. */
export async function dashboard(person, query) {
  const socket = person.dial(`${ALERTS}/socket`, query);
  socket.welcome = await socket.next(({ type }) => type === "welcome", "the welcome");
  await socket.next(({ type, complete }) => type === "alerts" && complete, "the open alerts");
  socket.open = socket.frames.filter(({ type }) => type === "alerts").flatMap(({ alerts }) => alerts);
  return socket;
}

/** The next event of one kind about an alert on a native socket, optionally with one status. */
export function nextEvent(socket, event, { id }, status) {
  const fits = (frame) => frame.event === event && frame.id === id && (!status || frame.partial.status === status);
  return socket.pick(fits, `${event} of ${id}${status ? `, ${status}` : ""}`);
}

/** The same on a channel of a pusher-js client; returns the event's data. */
export async function received(client, channel, event, { id }, status) {
  const fits = (frame) =>
    frame.channel === channel &&
    frame.event === event &&
    frame.data.id === id &&
    (!status || frame.data.status === status);
  return (await client.pick(fits, `${event} of ${id} on ${channel}`)).data;
}

/** The timeline of an alert as this user sees it: entries without numbers and times. */
export async function timeline(person, { id }) {
  const { data } = await person.ok("GET", `${ALERTS}/${id}/timeline`);
  return data.map(({ what, by, data }) => ({ what, by: by?.id ?? null, data }));
}

/** The `what` of each timeline entry. */
export async function entryNames(person, alert) {
  return (await timeline(person, alert)).map(({ what }) => what);
}

/** Asserts that a response is a conflict with the alert's current state. */
export function assertConflict({ status, body }, alert) {
  assert.deepEqual([status, body.type, body.alert.id], [409, CONFLICT, alert.id]);
}

/** The expected payload of an alert raised with `call()`; ids that are numbers are sent as numbers. */
export function payloadOf(person, request, seen) {
  for (const at of [seen.created_at, seen.location.at]) assert.match(at, TIME);
  assert.ok(Date.parse(seen.location.at) <= Date.parse(seen.created_at));
  const isNumber = /^(0|[1-9]\d{0,14})$/;
  const id = (text) => (isNumber.test(text) ? Number(text) : text);
  return {
    alert_id: id(String(request.id)),
    id: String(request.id),
    user: { id: id(person.user), name: person.name },
    apartment: { id: 12, address: "Tower B, 4th floor" },
    location: { lat: 4.711, lng: -74.0721, string: "Lobby", accuracy: 13, source: "gps", at: seen.location.at },
    status: "triggered",
    timestamp: seen.created_at,
    time_ago: "just now",
    note: "help",
    drill: false,
    presses: 1,
    escalation_level: 0,
    acknowledged_by: null,
    acknowledged_at: null,
    responding_at: null,
    resolved_at: null,
    closed_by: null,
    closed_at: null,
    reason: null,
    created_at: seen.created_at,
    updated_at: seen.created_at,
  };
}
