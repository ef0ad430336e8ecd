// Compares frames, server-sent events and webhooks with the AsyncAPI document.
import { fault } from "./faults.mjs";
import { Document } from "./schemas.mjs";

const document = new Document("asyncapi");
/** Codes of the WebSocket standard: a normal end, no code, a broken connection. */
const STANDARD_CODES = [1000, 1001, 1005, 1006];
/** The answer to a text "ping". */
const PONG = "pong";

/** Names of events that the edge has too, and that a test's backend publishes with data of its own. */
const ofBackends = new Set();

/** A channel of the document: what the server sends there, by the name in `type` or `event`. */
class Channel {
  #named = new Map();
  #other = [];

  constructor(key) {
    this.key = key;
    const { "x-close-codes": closes = [], address } = document.root.channels[key];
    this.fits = new RegExp(`^${address.replace(/\{[^}]+\}/g, "[^/]+")}$`);
    this.codes = new Set([...STANDARD_CODES, ...closes.map(({ code }) => code)]);
    for (const name of sentMessages(key)) this.#add(name);
  }

  #add(name) {
    const { pointer, value } = document.at(`/components/messages/${name}/payload`);
    const schema = { name, pointer };
    const names = namesOf(value);
    if (names === undefined) return void this.#other.push({ ...schema, pattern: patternOf(value) });
    for (const one of names) this.#named.set(one, [...(this.#named.get(one) ?? []), schema]);
  }

  /** What is wrong with a frame: nothing if it matches a message with its name. */
  faults(frame) {
    const name = frame.event ?? frame.type ?? frame;
    const named = [...(this.#named.get(name) ?? []), ...this.#other.filter(({ pattern }) => pattern?.test(name))];
    const others = this.#other.filter(({ pattern }) => pattern === undefined);
    const candidates = named.length === 0 || ofBackends.has(name) ? [...named, ...others] : named;
    if (candidates.length === 0) return [`no message is named ${name}`];
    const tried = [];
    for (const { name: message, pointer } of candidates) {
      const faults = document.faults(pointer, frame);
      if (faults.length === 0) return [];
      tried.push(`${message}: ${faults.join(", ")}`);
    }
    return tried;
  }
}

const channels = new Map(Object.keys(document.root.channels).map((key) => [key, new Channel(key)]));

/** Lets the backend of this test file publish events with the names of the edge's own ones, with any data. */
export function allowFromBackends(...names) {
  for (const name of names) ofBackends.add(name);
}

/** The channel of a socket's address; undefined if there is none. */
export function channelOf(address) {
  const { pathname } = new URL(address);
  return [...channels.values()].find(({ fits }) => fits.test(pathname))?.key;
}

/**
 * Compares what the server sends in one WebSocket message: a frame, or a batch of them. What is not described fails the test
 * file; it is returned as an error too.
 */
export function compareMessage(key, text) {
  const sent = text === PONG ? PONG : JSON.parse(text);
  return [sent]
    .flat()
    .map((frame) => compareFrame(key, frame))
    .find(Boolean);
}

/** The same for one frame, a server-sent event's data, or a webhook's body. */
export function compareFrame(key, frame) {
  const found = channels.get(key).faults(frame);
  return found.length === 0 ? undefined : fault(`${key}: ${JSON.stringify(frame).slice(0, 300)}`, found);
}

/** The same for the code with which a channel's socket was closed. */
export function compareClose(key, code) {
  return channels.get(key).codes.has(code) ? undefined : fault(key, `the close code ${code} is not described`);
}

/** Keys of the messages that the server sends on a channel, by itself or as a reply. */
function sentMessages(key) {
  const operations = Object.values(document.root.operations);
  const sent = [...operations.filter(({ action }) => action === "send"), ...operations.map(({ reply }) => reply ?? {})];
  const own = sent.filter(({ channel }) => channel?.$ref === `#/channels/${key}`);
  return [...new Set(own.flatMap(({ messages }) => messages.map(({ $ref }) => $ref.split("/").at(-1))))];
}

/** The values that a schema allows for `type` or `event`; undefined if it allows any, or is no object. */
function namesOf(schema) {
  for (const { properties = {} } of partsOf(schema)) {
    for (const field of [properties.event, properties.type]) {
      if (field?.const !== undefined) return [field.const];
      if (field?.enum !== undefined) return field.enum;
    }
  }
  return schema.const === undefined ? undefined : [schema.const];
}

function patternOf(schema) {
  const pattern = partsOf(schema).find(({ properties }) => properties?.event?.pattern)?.properties.event.pattern;
  return pattern === undefined ? undefined : new RegExp(pattern);
}

/** A schema and those that it combines; the last ones are the most specific. */
function partsOf(schema) {
  if (schema.$ref !== undefined) return partsOf(document.at(schema.$ref.slice(1)).value);
  return [...(schema.allOf ?? []).toReversed().flatMap(partsOf), schema];
}
