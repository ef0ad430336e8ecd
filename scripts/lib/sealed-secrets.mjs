// Encryption of app secrets in the record, with AES-256-GCM. The edge decrypts them (core/src/accounts/sealed.rs).
//
// A stored secret is `sealed.1.{key id}.{base64url of nonce, ciphertext and tag}`; tenant and app id are associated data, so that a
// value is of no use in another app's row. Anything else is a secret that is not encrypted yet.
import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Variable with the keys: base64url, separated by commas. The first one encrypts, all of them decrypt. */
export const SECRETS_KEY = "CAMPANA_SECRETS_KEY";
const PREFIX = "sealed.1.";
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_ID_DIGITS = 16;
const MAX_KEYS = 8;
/** File with the keys of a local engine, in the folder of its data. */
const LOCAL_FILE = "secrets-key";

export class UnusableKey extends Error {}

/** A new key, as the variable has it. */
export function newSecretsKey() {
  return randomBytes(KEY_BYTES).toString("base64url");
}

/** Keys of the local engine with this folder; a first call creates one. */
export function localSecretsKey(folder) {
  const file = join(folder, LOCAL_FILE);
  mkdirSync(folder, { recursive: true });
  try {
    // Fails if the file exists.
    writeFileSync(file, `${newSecretsKey()}\n`, { mode: 0o600, flag: "wx" });
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  }
  return readFileSync(file, "utf8").trim();
}

export class SealedSecrets {
  #keys;

  /** @param {string} text the variable's value */
  constructor(text) {
    const parts = text.split(",").map((part) => part.trim());
    this.#keys = parts.filter((part) => part !== "").map(readKey);
    if (this.#keys.length === 0) throw new UnusableKey(`${SECRETS_KEY} is not set: it encrypts the secrets of apps`);
    if (this.#keys.length > MAX_KEYS) throw new UnusableKey(`${SECRETS_KEY} has more than ${MAX_KEYS} keys`);
  }

  /** Id of the key that encrypts. */
  get keyId() {
    return this.#keys[0].id;
  }

  /** @param {{id: string, tenant_id: string}} app */
  seal(app, secret, nonce = randomBytes(NONCE_BYTES)) {
    const [{ id, key }] = this.#keys;
    const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(associated(app));
    const sealed = Buffer.concat([nonce, cipher.update(secret, "utf8"), cipher.final(), cipher.getAuthTag()]);
    return `${PREFIX}${id}.${sealed.toString("base64url")}`;
  }

  /** The secret behind a stored value. */
  open(app, stored) {
    if (!stored?.startsWith(PREFIX)) return stored;
    const [keyId, text] = stored.slice(PREFIX.length).split(".");
    const { key } = this.#keys.find(({ id }) => id === keyId) ?? {};
    if (!key) throw new UnusableKey(`the secret of app ${app.id} needs the key ${keyId}, which ${SECRETS_KEY} lacks`);
    const bytes = Buffer.from(text ?? "", "base64url");
    try {
      const nonce = bytes.subarray(0, NONCE_BYTES);
      const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES });
      decipher.setAAD(associated(app)).setAuthTag(bytes.subarray(-TAG_BYTES));
      const secret = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES), undefined, "utf8");
      return secret + decipher.final("utf8");
    } catch {
      throw new UnusableKey(`the secret of app ${app.id} cannot be decrypted`);
    }
  }

  /** Whether a stored value needs no encryption: it is empty, absent, or encrypted with the first key. */
  isCurrent(stored) {
    return !stored || stored.startsWith(`${PREFIX}${this.keyId}.`);
  }
}

function readKey(text) {
  const key = Buffer.from(text, "base64url");
  if (key.length !== KEY_BYTES || key.toString("base64url") !== text) {
    throw new UnusableKey(`${SECRETS_KEY} has a key that is not ${KEY_BYTES} bytes in base64url`);
  }
  const digest = createHash("sha256").update("campana:secrets-key-id:1").update(key).digest("hex");
  return { id: digest.slice(0, KEY_ID_DIGITS), key };
}

function associated({ id, tenant_id }) {
  return Buffer.from(`campana:app-secret:1/${tenant_id}/${id}`);
}
