// The key in whose name the local edge pages devices: made once for each clone, so that browsers that asked to be paged
// by it still are after a restart, and with a fresh database.
import { createECDH } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FOLDER } from "./running.mjs";

const KEY = join(FOLDER, "vapid.key");
const SUBJECT = "mailto:developer@localhost";

/** What the edge's variables say of it. */
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
  // Leading zeros are left out by Node, and belong to the key.
  const key = keys.getPrivateKey("hex").padStart(64, "0");
  const text = Buffer.from(key, "hex").toString("base64url");
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(KEY, `${text}\n`, { mode: 0o600 });
  return text;
}
