// The local edge's VAPID key, generated once per clone, so that push subscriptions of browsers stay valid after a restart and with
// an empty database.
import { createECDH } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FOLDER } from "./running.mjs";

const KEY = join(FOLDER, "vapid.key");
const SUBJECT = "mailto:developer@example.com";

/** The edge's VAPID variables. */
export function vapidOfThisClone() {
  return { VAPID_PRIVATE_KEY: readKey() ?? makeKey(), VAPID_SUBJECT: SUBJECT };
}

function readKey() {
  try {
    return readFileSync(KEY, "utf8").trim();
  } catch {
    return undefined;
  }
}

function makeKey() {
  const keys = createECDH("prime256v1");
  keys.generateKeys();
  // Node omits leading zeros, which belong to the key.
  const key = keys.getPrivateKey("hex").padStart(64, "0");
  const text = Buffer.from(key, "hex").toString("base64url");
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(KEY, `${text}\n`, { mode: 0o600 });
  return text;
}
