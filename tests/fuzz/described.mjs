// A complete description of an input in one line.
import { inspect } from "node:util";

const MOST_CHARS = 3_000;
const TOKEN = /[\w-]{10,}\.[\w-]+\.[\w-]+/g;

/** @param {{kind: string, number: number, input: object}} entry */
export function described({ kind, number, input }) {
  const { token: _, ...rest } = input;
  const style = { depth: 8, breakLength: Number.POSITIVE_INFINITY, compact: true, maxStringLength: MOST_CHARS };
  return `${kind} ${number}: ${inspect(readable(rest), { ...style, maxArrayLength: 400 })}`;
}

function readable(value) {
  if (typeof value === "string") return value.replaceAll(TOKEN, claimed);
  if (value instanceof Uint8Array) return readBytes(Buffer.from(value));
  if (Array.isArray(value)) return value.map(readable);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, readable(one)]));
}

function readBytes(bytes) {
  const text = bytes.toString("utf8");
  if (bytes.length > 200 && bytes.every((byte) => byte === bytes[0])) return `${bytes.length} bytes ${bytes[0]}`;
  return Buffer.from(text).equals(bytes) ? text : `base64 ${bytes.toString("base64")}`;
}

// A token as its header and claims, without the signature.
function claimed(token) {
  const [header, claims] = token.split(".").map((part) => Buffer.from(part, "base64url").toString("utf8"));
  return header.startsWith("{") ? `<${header} ${claims}>` : token;
}
