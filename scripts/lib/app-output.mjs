// Output of scripts/app. Secrets appear only in the environment block, which `create`, `rotate` and `show --secret` print.
import { createHmac } from "node:crypto";
import { keyNames } from "./app-jwks.mjs";

/** The edge derives the same key; the tests compare both. */
const MASTER_KEY_LABEL = "campana:encryption-master-key:1";
const KEY_ID_LABEL = "campana:key-id:1";
const PORTS = { http: "80", https: "443" };

/** Base64 key with which a backend's library encrypts channels. */
export function encryptionMasterKey(secret) {
  return createHmac("sha256", secret).update(MASTER_KEY_LABEL).digest("base64");
}

/** Name of a secret in the `kid` of HS256 tokens. The edge derives the same. */
export function secretKeyId(secret) {
  return createHmac("sha256", secret).update(KEY_ID_LABEL).digest("hex").slice(0, 16);
}

/** An app, without its secrets. */
export function describe(app, { brief = false } = {}) {
  const until = app.previous_secret_until;
  const isRotating = app.previous_secret !== null && until > Date.now();
  const state = [
    app.disabled_at === null ? "enabled" : "disabled",
    ...(isRotating ? [`the old secret is valid until ${new Date(until).toISOString()}`] : []),
  ];
  const head = `app ${app.id}  tenant ${app.tenant_id}  key ${app.key}  ${state.join(", ")}`;
  if (brief) return head;
  const webhooks = JSON.parse(app.webhooks).map(describeWebhook);
  const origins = JSON.parse(app.allowed_origins);
  const keys = app.jwks_url ?? (app.jwks && keyNames(app.jwks).join(" "));
  const jwks = keys ? [`  jwks: ${keys}`] : [];
  return [head, `  origins: ${origins.join(" ") || "none, but this host's own pages"}`, ...jwks, ...webhooks].join(
    "\n",
  );
}

// Without the values of its headers, which can be secret.
function describeWebhook({
  url,
  events,
  channel_prefix: prefix = "",
  channel_suffix: suffix = "",
  headers = {},
  disabled_at: since,
}) {
  const channels = prefix || suffix ? `; channels ${prefix}*${suffix}` : "";
  const added = Object.keys(headers);
  const off = since === undefined ? "" : `; disabled since ${since}`;
  return `  webhook ${url}: ${events.join(", ")}${channels}${added.length > 0 ? `; headers ${added.join(", ")}` : ""}${off}`;
}

/** Variables for the .env of a Laravel application. */
export function environment(app, { url, remote }) {
  const { protocol, hostname, port } = new URL(url ?? (remote ? "https://your-edge.example" : "http://localhost:8787"));
  const scheme = protocol.slice(0, -1);
  return `
REVERB_APP_ID=${app.id}
REVERB_APP_KEY=${app.key}
REVERB_APP_SECRET=${app.secret}
REVERB_HOST=${hostname}
REVERB_PORT=${port || PORTS[scheme]}
REVERB_SCHEME=${scheme}
# Optional kid of tokens that this secret signs; it tells them from tokens of the old secret during a rotation.
CAMPANA_KEY_ID=${secretKeyId(app.secret)}
# For encrypted channels, as encryptionMasterKeyBase64 or encryption_master_key_base64. Derived from the secret.
PUSHER_ENCRYPTION_MASTER_KEY=${encryptionMasterKey(app.secret)}`;
}
