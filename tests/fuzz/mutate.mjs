// Changes of a value or of its bytes. Changes come from finite tables, so that the number of distinct values does not grow with
// a run's length.
import { isObject, nested, Pairs, pairsOf, Raw } from "./json.mjs";
import { DEPTHS, ids, NO_NUMBERS, NUMBERS, STRINGS, shapes, times } from "./odd.mjs";

const EXAMPLE_ID = "0190a7c0-0000-7000-8000-000000000001";
const TIME = /(^|_)(at|until|since|expires|timestamp)$/;
const ID = /(^|_)(id|ids|before|after|around|cursor|epoch)$/;
/** Depths around the limits of JSON parsers. */
const LIMITING_DEPTHS = DEPTHS.filter((depth) => depth >= 100 && depth < 130);
const NEVER_KNOWN = [
  "colour",
  "__proto__",
  "constructor",
  "Type",
  "type",
  "id",
  "body",
  "data",
  "",
  "a".repeat(300),
  "\0",
  "é",
];

/**
 * A copy of a value with one change somewhere in it.
 * @param {import("./random.mjs").Random} random
 * @param {number} base reference for times, Unix milliseconds
 */
export function mutateValue(random, value, base) {
  const places = placesOf(value);
  const free = places.filter((path) => path.at(-1) === "metadata");
  const path = random.pick(free.length > 0 && random.chance(0.15) ? free : places);
  return changedAt(value, path, (there, key) => changed(random, there, key, base));
}

/** Paths of keys to every part of a value, including the value itself. */
function placesOf(value, path = []) {
  const isPlain = isObject(value) && !(value instanceof Pairs);
  const inner = Array.isArray(value) ? value.map((one, at) => [at, one]) : isPlain ? Object.entries(value) : [];
  return [path, ...inner.flatMap(([key, one]) => placesOf(one, [...path, key]))];
}

function changedAt(value, [key, ...rest], change, name = "") {
  if (key === undefined) return change(value, name);
  const copy = Array.isArray(value) ? [...value] : { ...value };
  // A list's entries are of the list's kind.
  const inner = changedAt(value[key], rest, change, typeof key === "number" ? name : key);
  if (inner === REMOVED) {
    if (Array.isArray(copy)) copy.splice(key, 1);
    else delete copy[key];
  } else if (inner !== undefined && key === "__proto__") {
    return new Pairs([...pairsOf(value), [key, inner]]);
  } else {
    copy[key] = inner;
  }
  return copy;
}

const REMOVED = Symbol("removed");

function changed(random, value, key, base) {
  if (key !== "" && random.chance(0.08)) return REMOVED;
  if (key === "metadata" && random.chance(0.5)) return nested(random.pick(LIMITING_DEPTHS), random.chance(0.3));
  if (isObject(value) && random.chance(0.8)) return changedObject(random, value, base);
  if (Array.isArray(value) && random.chance(0.7)) return changedList(random, value);
  if (typeof value === "string" && random.chance(0.35)) return changedText(random, value);
  return odd(random, value, key, base);
}

/** Another value for a field, mostly of the field's kind. */
export function odd(random, value, key, base) {
  const kind = random.next();
  if (TIME.test(key) && kind < 0.7) return random.pick(times(base));
  if (ID.test(key) && kind < 0.5) return random.pick(ids(base, typeof value === "string" ? value : EXAMPLE_ID));
  if (typeof value === "number" && kind < 0.75) return random.pick(NUMBERS);
  if (typeof value === "string" && kind < 0.6) return random.pick(STRINGS);
  if (typeof value === "boolean" && kind < 0.5) return !value;
  if (isObject(value) && kind < 0.6) return nested(random.pick(DEPTHS), random.chance(0.3));
  return random.pick([
    () => random.pick(STRINGS),
    () => random.pick(STRINGS),
    () => random.pick(NUMBERS),
    () => random.pick(NO_NUMBERS),
    () => random.pick(times(base)),
    () => random.pick(ids(base, EXAMPLE_ID)),
    () => shapes(random),
    () => shapes(random),
  ])();
}

function changedObject(random, value, base) {
  const fields = pairsOf(value);
  const name = random.pick([...fields.map(([name]) => name), ...NEVER_KNOWN]);
  const there = fields.find(([one]) => one === name)?.[1];
  return random.pick([
    // A duplicate field, with the same or another value.
    () => new Pairs([...fields, [name, random.chance(0.5) ? there : odd(random, there, name, base)]]),
    () => new Pairs([[name, odd(random, there, name, base)], ...fields]),
    // An unknown field.
    () => new Pairs([...fields, [random.pick(NEVER_KNOWN), odd(random, "", "", base)]]),
    // A renamed field.
    () => new Pairs(fields.map(([one, inner]) => [one === name ? one.toUpperCase() : one, inner])),
    // A deeply nested value.
    () => new Pairs([...fields, [random.pick([name, "metadata"]), nested(random.pick(DEPTHS), random.chance(0.3))]]),
    () => fields.map(([, inner]) => inner),
  ])();
}

function changedList(random, value) {
  const repeated = (count) => Array.from({ length: count }, () => value).flat();
  return random.pick([
    () => [],
    () => repeated(2),
    () => repeated(random.pick([11, 99, 101, 129])),
    () => [...value, null],
    () => [...value, random.pick(STRINGS)],
    () => [...value, new Raw("1e400")],
    () => [value],
    () => Object.fromEntries(value.map((inner, at) => [at, inner])),
  ])();
}

/** The text with a small change. */
export function changedText(random, text) {
  const middle = Math.floor(text.length / 2);
  const piece = random.pick(STRINGS.filter(({ length }) => length < 8));
  return random.pick([
    () => text.toUpperCase(),
    () => text.slice(0, middle),
    () => text.slice(1),
    () => text + text,
    () => text.slice(0, middle) + piece + text.slice(middle),
    () => piece + text,
    () => text + piece,
    () => `${text} `,
    () => encodeURIComponent(text.toWellFormed()),
    () => text.normalize("NFD"),
  ])();
}

const INVALID_UTF8 = [
  [0xff],
  [0xc0, 0x80],
  [0xed, 0xa0, 0x80],
  [0xf4, 0x90, 0x80, 0x80],
  [0xe2, 0x82],
  [0xfe, 0xff],
  [0x80],
];

/** Bytes with one change. */
export function mutateBytes(random, bytes) {
  const at = random.below(bytes.length + 1);
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
  const join = (...parts) => Buffer.concat(parts.map((part) => Buffer.from(part)));
  return random.pick([
    () => before,
    () => after,
    () => join(before, random.pick(INVALID_UTF8), after),
    () => join(before, "\0", after),
    () =>
      join(before, random.pick(["{", "}", "[", "]", '"', ",", ":", "\\", "\\u", "\\ud800", "/**/", "'", "\n"]), after),
    () => join([0xef, 0xbb, 0xbf], bytes),
    () => join(bytes, random.pick([" ", "\n", "{}", "null", ",", "\0", "x"])),
    () => join(bytes, bytes),
    () => join("[", bytes, "]"),
    () => join("[".repeat(random.pick(DEPTHS)), bytes),
    () => join('{"a":'.repeat(random.pick(DEPTHS)), bytes),
    () => Buffer.from(bytes.toString("utf8"), "utf16le"),
    () => join(before, after.subarray(1)),
    () => Buffer.alloc(0),
    () => Buffer.alloc(random.pick([1, 1_024, 33_000, 66_000, 200_000]), random.pick([0, 32, 91, 255])),
  ])();
}

/** Number of changes of an input; 0 leaves it valid. */
export function changes(random) {
  const chance = random.next();
  return chance < 0.25 ? 0 : chance < 0.8 ? 1 : chance < 0.95 ? 2 : 3;
}
