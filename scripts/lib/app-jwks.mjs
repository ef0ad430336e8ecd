// Validation of the keys (JWKS) that verify an app's RS256 and ES256 tokens.
import { readFileSync } from "node:fs";
import { AppRefused } from "./app-refused.mjs";

/** The edge reads at most this much of a published document. */
const MAX_BYTES = 64 * 1024;
const TIMEOUT_MS = 5_000;
const MIN_RSA_BYTES = 256;
const MAX_RSA_BYTES = 512;
const P256_BYTES = 32;

/** The document in a file, as the record stores it. Members that the edge does not read are dropped. */
export function readJwksFile(file) {
  let text;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new AppRefused(`${file} cannot be read: ${error.code}`);
  }
  return JSON.stringify({ keys: usableKeys(text) });
}

/** Refuses the address of a document that the edge could not use. */
export async function checkJwksUrl(url) {
  const answer = await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(TIMEOUT_MS) }).catch((error) => {
    throw new AppRefused(
      `the address does not answer (${error.cause?.code ?? error.name}); --unchecked sets it anyway`,
    );
  });
  if (answer.status !== 200) throw new AppRefused(`the address answers ${answer.status}; --unchecked sets it anyway`);
  usableKeys(await answer.text());
}

/** Names of the keys of a stored document, for output and audit entries. */
export function keyNames(stored) {
  return JSON.parse(stored).keys.map(({ kid }) => kid ?? "(no kid)");
}

function usableKeys(text) {
  if (Buffer.byteLength(text) > MAX_BYTES) throw new AppRefused(`a JWKS has at most ${MAX_BYTES} bytes`);
  const { keys } = parse(text) ?? {};
  if (!Array.isArray(keys)) throw new AppRefused('a JWKS is JSON of the form {"keys":[...]}');
  for (const key of keys) {
    if (key?.kty === "oct") throw new AppRefused("the JWKS has a symmetric key, which is a secret");
    if (key?.d !== undefined) throw new AppRefused("the JWKS has a private key: only the public part belongs there");
  }
  const usable = keys.filter(isUsable).map(({ kty, kid, alg, use, crv, n, e, x, y }) => {
    return { kty, kid, alg, use, crv, n, e, x, y };
  });
  if (usable.length === 0) throw new AppRefused("the JWKS has no key for RS256 (2,048 to 4,096 bits) or ES256 (P-256)");
  const names = usable.map(({ kty, kid }) => `${kty} ${kid}`);
  if (new Set(names).size < names.length) throw new AppRefused("two keys of the JWKS have the same kid, or none");
  return usable;
}

function isUsable(key) {
  if (key === null || typeof key !== "object" || (key.use ?? "sig") !== "sig") return false;
  if (!["undefined", "string"].includes(typeof key.kid)) return false;
  if (key.kty === "RSA") {
    const bytes = length(key.n);
    return (key.alg ?? "RS256") === "RS256" && bytes >= MIN_RSA_BYTES && bytes <= MAX_RSA_BYTES && length(key.e) > 0;
  }
  const isP256 = key.kty === "EC" && key.crv === "P-256" && (key.alg ?? "ES256") === "ES256";
  return isP256 && length(key.x) === P256_BYTES && length(key.y) === P256_BYTES;
}

function length(text) {
  return typeof text === "string" && /^[\w-]+$/.test(text) ? Buffer.from(text, "base64url").length : 0;
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
