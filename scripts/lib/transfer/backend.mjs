// Calls of an app's backend, signed like those of the Pusher HTTP API.
import { createHash, createHmac } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { AppRefused } from "../app-refused.mjs";
import { Apps } from "../apps.mjs";
import { openLocalRecord, openRemoteRecord } from "../record.mjs";
import { runningEdge, STATE } from "../running.mjs";
import { localSecretsKey, SECRETS_KEY, SealedSecrets } from "../sealed-secrets.mjs";
import { DEMO_APP } from "../token.mjs";

/** Longest time for which a call is repeated while the edge does not answer or is busy. */
const PATIENCE_MS = 120_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;
/** Answers after which the same call can succeed: a conflict with another call, a rate limit, an outage. */
const WORTH_A_RETRY = new Set([409, 429, 500, 502, 503, 504]);

/** Options of commands that call an edge, for `parseArgs`. */
export const BACKEND_OPTIONS = {
  tenant: { type: "string", default: DEMO_APP.tenant },
  edge: { type: "string" },
  state: { type: "string" },
  remote: { type: "boolean", default: false },
};

export const BACKEND_USAGE = `  --tenant T  tenant of the app, demo if it is not given
  --edge U    URL of the edge, if it is not the running local one
  --remote    reads the app's secret from the deployed D1 database through wrangler, with the environment variable
              CAMPANA_SECRETS_KEY; also needs --edge
  --state F   folder of the local engine's data, if it is not the default`;

export class Backend {
  #url;
  #app;

  constructor(url, app) {
    this.#url = url;
    this.#app = app;
  }

  /** The backend of the tenant's app. */
  static async open({ tenant, edge, remote, state = STATE }) {
    const url = edge ?? (remote ? undefined : runningEdge()?.url);
    if (!url) throw new AppRefused(remote ? "--remote also needs --edge URL" : "no local edge runs: start scripts/dev");
    const record = remote ? openRemoteRecord() : openLocalRecord(state);
    try {
      const secrets = () => new SealedSecrets(remote ? (process.env[SECRETS_KEY] ?? "") : localSecretsKey(state));
      const apps = new Apps(record, { secrets, isDeployed: remote });
      const found = (await apps.all()).find((app) => app.tenant_id === tenant);
      if (!found) throw new AppRefused(`no app has the tenant ${tenant}`);
      return new Backend(url, await apps.findWithSecret(found.id));
    } finally {
      record.close();
    }
  }

  get(path, query = {}) {
    return this.#call("GET", path, query);
  }

  post(path, body) {
    return this.#call("POST", path, {}, JSON.stringify(body));
  }

  /** Repeats the call while that can help. */
  async #call(method, path, query, body) {
    const began = Date.now();
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      const answer = await this.#once(method, path, query, body).catch((error) => ({ error }));
      if (answer.status === 200) return answer.json;
      const isOver = Date.now() - began > PATIENCE_MS;
      if (isOver || (answer.status !== undefined && !WORTH_A_RETRY.has(answer.status))) {
        throw new AppRefused(`${method} ${path}: ${answer.error?.message ?? `${answer.status} ${answer.text}`}`);
      }
      await wait(Math.max(pause, answer.retryAfterMs ?? 0));
    }
  }

  async #once(method, path, query, body) {
    const { id, key, secret } = this.#app;
    const whole = `/apps/${encodeURIComponent(id)}${path}`;
    const pairs = {
      ...query,
      auth_key: key,
      auth_timestamp: Math.floor(Date.now() / 1_000),
      auth_version: "1.0",
      ...(body === undefined ? {} : { body_md5: createHash("md5").update(body).digest("hex") }),
    };
    const names = Object.keys(pairs).sort();
    const text = `${method}\n${whole}\n${names.map((name) => `${name}=${pairs[name]}`).join("&")}`;
    const url = new URL(whole, this.#url);
    for (const name of names) url.searchParams.set(name, pairs[name]);
    url.searchParams.set("auth_signature", createHmac("sha256", secret).update(text).digest("hex"));
    const headers = body === undefined ? {} : { "content-type": "application/json" };
    const response = await fetch(url, { method, headers, body });
    const answer = await response.text();
    if (response.status === 200) return { status: 200, json: JSON.parse(answer) };
    const retryAfterMs = Number(response.headers.get("retry-after") ?? 0) * 1_000;
    return { status: response.status, text: answer.trim(), retryAfterMs };
  }
}
