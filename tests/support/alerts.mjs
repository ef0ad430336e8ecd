// Panic alerts in a world: those who attend to them, their dashboards, and what everybody is to see.
import assert from "node:assert/strict";

export const ALERTS = "/api/security/alerts";
/** The desk's channels. */
export const CHANNELS = ["private-panic-alerts", "private-security-dashboard"];
export const TRIGGERED = "panic-alert.triggered";
export const UPDATED = "panic-alert.updated";

const VIEW_PANIC_ALERTS = "view_panic_alerts";
const CONFLICT = "https://campana.dev/problems/conflict";
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
let raised = 0;

/** Somebody who attends to alerts. */
export function guard(world, user, options = {}) {
  return world.person(user, { permissions: [VIEW_PANIC_ALERTS], ...options });
}

/** A call for help, with an id of its own. */
export function call(fields = {}) {
  raised += 1;
  return {
    id: `call-${process.pid}-${raised}`,
    apartment: { id: 12, address: "Tower B, 4th floor" },
    location: { lat: 4.711, lng: -74.0721, string: "Lobby", accuracy: 12.2, source: "gps" },
    note: "help",
    ...fields,
  };
}

/** Raises an alert; the answer's body. */
export function raise(person, fields) {
  return person.ok("POST", ALERTS, call(fields));
}

/** Does something about an alert; the whole answer. */
export function act(person, { id }, deed, body) {
  return person.call("POST", `${ALERTS}/${id}/${deed}`, body);
}

/** The same, which has to succeed; the answer's body. */
export function acted(person, { id }, deed, body) {
  return person.ok("POST", `${ALERTS}/${id}/${deed}`, body);
}

/** Ends alerts, so that a test leaves none open. */
export async function end(person, ...alerts) {
  for (const alert of alerts) await acted(person, alert, "resolve", { reason: "the end of the test" });
}

/** A native dashboard that has been told of the open alerts: they are `open`. */
export async function dashboard(person, query) {
  const socket = person.dial(`${ALERTS}/socket`, query);
  socket.welcome = await socket.next(({ type }) => type === "welcome", "the welcome");
  await socket.next(({ type, complete }) => type === "alerts" && complete, "the open alerts");
  socket.open = socket.frames.filter(({ type }) => type === "alerts").flatMap(({ alerts }) => alerts);
  return socket;
}

/** The next event about an alert on a native socket, of one kind and, if that matters, at one status. */
export function news(socket, event, { id }, status) {
  const fits = (frame) => frame.event === event && frame.id === id && (!status || frame.partial.status === status);
  return socket.pick(fits, `${event} of ${id}${status ? `, ${status}` : ""}`);
}

/** The same of a channel of a pusher-js client; what it carries. */
export async function heard(client, channel, event, { id }, status) {
  const fits = (frame) =>
    frame.channel === channel &&
    frame.event === event &&
    frame.data.id === id &&
    (!status || frame.data.status === status);
  return (await client.pick(fits, `${event} of ${id} on ${channel}`)).data;
}

/** What happened to an alert, as this person sees it: entries without numbers and times. */
export async function timeline(person, { id }) {
  const { data } = await person.ok("GET", `${ALERTS}/${id}/timeline`);
  return data.map(({ what, by, data }) => ({ what, by: by?.id ?? null, data }));
}

/** Names of what happened. */
export async function happenings(person, alert) {
  return (await timeline(person, alert)).map(({ what }) => what);
}

/** That an answer is a conflict, with the alert as it stands. */
export function assertConflict({ status, body }, alert) {
  assert.deepEqual([status, body.type, body.alert.id], [409, CONFLICT, alert.id]);
}

/** The payload of an alert that was just raised by `call(fields)`: row 4.1 and what it stands for. */
export function payloadOf(person, asked, seen) {
  for (const at of [seen.created_at, seen.location.at]) assert.match(at, TIME);
  assert.ok(Date.parse(seen.location.at) <= Date.parse(seen.created_at));
  const isNumber = /^(0|[1-9]\d{0,14})$/;
  const id = (text) => (isNumber.test(text) ? Number(text) : text);
  return {
    alert_id: id(String(asked.id)),
    id: String(asked.id),
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
