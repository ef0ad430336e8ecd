// Signed requests of a backend, as the HTTP API of the Pusher protocol has them.
import { createHash, createHmac } from "node:crypto";
import { SECRET } from "./seed.mjs";

/** Sends JSON as the seeded app's backend; resolves with the answer's JSON. */
export async function postAsBackend(url, path, body) {
  const text = JSON.stringify(body);
  const query = new URLSearchParams({
    auth_key: "demo-key",
    auth_timestamp: String(Math.floor(Date.now() / 1_000)),
    auth_version: "1.0",
    body_md5: createHash("md5").update(text).digest("hex"),
  });
  const signature = createHmac("sha256", SECRET).update(`POST\n${path}\n${query}`).digest("hex");
  const response = await fetch(`${url}${path}?${query}&auth_signature=${signature}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: text,
  });
  const answer = await response.text();
  if (!response.ok) throw new Error(`${path}: ${response.status} ${answer}`);
  return JSON.parse(answer);
}
