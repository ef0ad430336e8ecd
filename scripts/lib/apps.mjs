// Operations on apps in the record, with their validation. Each change and its audit entry are one batch.
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { checkOrigins, isOnInternet, isWebAddress } from "./app-address.mjs";
import { auditStatement } from "./app-audit.mjs";
import { checkJwksUrl, keyNames, readJwksFile } from "./app-jwks.mjs";
import { AppRefused } from "./app-refused.mjs";
import { DEMO_APP } from "./token.mjs";
import { parseHeaders } from "./webhook-headers.mjs";

const KEY_BYTES = 10;
const SECRET_BYTES = 32;
const MAX_WEBHOOKS = 10;
const MAX_KEEP_OLD_HOURS = 30 * 24;
const MAX_ID_CHARS = 128;
const HOUR_MS = 3_600_000;
/** Keys and secrets that an app brings along from another server of the Pusher protocol. */
const KEY = /^[A-Za-z0-9_-]{4,128}$/;
const SECRET = /^[\x21-\x7e]{16,256}$/;

/** Events that a webhook can subscribe to; a test compares the edge's own list with it. */
export const WEBHOOK_EVENTS = JSON.parse(readFileSync(new URL("webhook-events.json", import.meta.url), "utf8"));

const COLUMNS = `id, tenant_id, key, secret, previous_secret, previous_secret_until, allowed_origins, webhooks, jwks,
  jwks_url, settings, disabled_at, created_at`;
const ALL = `SELECT ${COLUMNS} FROM apps ORDER BY created_at, id`;
const BY_ID = `SELECT ${COLUMNS} FROM apps WHERE id = ?1`;
const TAKEN = "SELECT id, tenant_id FROM apps WHERE id = ?1 OR tenant_id = ?2 OR key = ?3";
const IDS = "SELECT id FROM apps";
const INSERT = `INSERT INTO apps (id, tenant_id, key, secret, allowed_origins, created_at)
  VALUES (?1, ?2, ?3, ?4, ?5, CAST(?6 AS INTEGER))`;
// Of two concurrent rotations one matches no row, and its caller gets an error.
// A trigger revokes what the previous generation has signed, from the time on when its secret ends.
const ROTATE = `UPDATE apps SET secret = ?3, previous_secret = ?4, previous_secret_until = CAST(?5 AS INTEGER),
  secret_generation = secret_generation + 1, updated_at = CAST(?6 AS INTEGER) WHERE id = ?1 AND secret = ?2`;
const END_ROTATION = `UPDATE apps SET previous_secret = NULL, previous_secret_until = NULL,
  updated_at = CAST(?2 AS INTEGER) WHERE id = ?1`;
const ENCRYPT = `UPDATE apps SET secret = ?4, previous_secret = ?5, updated_at = CAST(?6 AS INTEGER)
  WHERE id = ?1 AND secret = ?2 AND previous_secret IS ?3`;
const SET_DISABLED =
  "UPDATE apps SET disabled_at = CAST(?2 AS INTEGER), updated_at = CAST(?3 AS INTEGER) WHERE id = ?1";
const SET_ORIGINS = "UPDATE apps SET allowed_origins = ?2, updated_at = CAST(?3 AS INTEGER) WHERE id = ?1";
const SET_WEBHOOKS = `UPDATE apps SET webhooks = ?3, updated_at = CAST(?4 AS INTEGER)
  WHERE id = ?1 AND webhooks = ?2`;
const SET_JWKS = "UPDATE apps SET jwks = ?2, jwks_url = ?3, updated_at = CAST(?4 AS INTEGER) WHERE id = ?1";

/**
 * Methods return the app's row as it is stored, except where they say that its secret is decrypted.
 */
export class Apps {
  #record;
  #secrets;
  #now;
  #isDeployed;

  /**
   * @param {import("./record.mjs").Record} record
   * @param {{secrets: () => import("./sealed-secrets.mjs").SealedSecrets, now?: () => number, isDeployed?: boolean}} options
   *   `secrets` is called only by operations that need the keys of secrets
   */
  constructor(record, { secrets, now = Date.now, isDeployed = false }) {
    this.#record = record;
    this.#secrets = secrets;
    this.#now = now;
    this.#isDeployed = isDeployed;
  }

  all() {
    return this.#record.rows(ALL);
  }

  async find(id) {
    const [app] = await this.#record.rows(BY_ID, id);
    if (!app) throw new AppRefused(`no app has the id ${id}: scripts/app list shows all`);
    return app;
  }

  /** The app with its secret decrypted. */
  async findWithSecret(id) {
    const app = await this.find(id);
    return { ...app, secret: this.#secrets().open(app, app.secret) };
  }

  /** Returns the new app with its secret decrypted. `credentials` are those of an app that moves here. */
  async create({ tenant, id, origins, credentials }) {
    if (!isName(tenant)) throw new AppRefused(`a tenant has 1 to ${MAX_ID_CHARS} characters, none of them a /`);
    if (id !== undefined && !isName(id)) throw new AppRefused("an id has the same characters as a tenant");
    checkOrigins(origins);
    checkCredentials(credentials);
    const chosen = id ?? (await this.#nextId());
    const { key, secret } = credentials ?? { key: randomHex(KEY_BYTES), secret: randomHex(SECRET_BYTES) };
    const [taken] = await this.#record.rows(TAKEN, chosen, tenant, key);
    if (taken) throw new AppRefused(`app ${taken.id} of the tenant ${taken.tenant_id} is already there`);
    const stored = this.#secrets().seal({ id: chosen, tenant_id: tenant }, secret);
    const insert = [INSERT, chosen, tenant, key, stored, JSON.stringify(origins), this.#now()];
    const about = { key, origins, ...(credentials && { taken_over: true }) };
    await this.#change(chosen, insert, { action: "app.created", about }, "secret", stored);
    return this.findWithSecret(chosen);
  }

  async #nextId() {
    const rows = await this.#record.rows(IDS);
    const numbers = rows.map((row) => Number(row.id)).filter(Number.isSafeInteger);
    return String(Math.max(0, ...numbers) + 1);
  }

  /** Returns the app with its new secret decrypted. */
  async rotate(id, hours) {
    if (!Number.isFinite(hours) || hours < 0 || hours > MAX_KEEP_OLD_HOURS) {
      throw new AppRefused(`the old secret can be kept for 0 to ${MAX_KEEP_OLD_HOURS} hours`);
    }
    const app = await this.find(id);
    const now = this.#now();
    if (app.previous_secret !== null && app.previous_secret_until > now) {
      throw new AppRefused("the previous secret is still valid, and only one is kept: end-rotation first");
    }
    const secrets = this.#secrets();
    const old = secrets.open(app, app.secret);
    const stored = secrets.seal(app, randomHex(SECRET_BYTES));
    // An empty or public secret becomes invalid immediately.
    const isKept = hours > 0 && !["", DEMO_APP.secret].includes(old);
    const [previous, until] = isKept
      ? [this.#sealed(app, app.secret), Math.round(now + hours * HOUR_MS)]
      : [null, null];
    const about = { previous_valid_until: until === null ? null : new Date(until).toISOString() };
    const entry = { action: "app.secret_rotated", about };
    await this.#change(id, [ROTATE, id, app.secret, stored, previous, until, now], entry, "secret", stored);
    const rotated = await this.find(id);
    if (rotated.secret !== stored) throw new AppRefused("the secret was changed concurrently");
    return this.findWithSecret(id);
  }

  async endRotation(id) {
    const app = await this.find(id);
    if (app.previous_secret === null) return app;
    const end = [END_ROTATION, id, this.#now()];
    await this.#change(id, end, { action: "app.rotation_ended" }, "previous_secret", null);
    return this.find(id);
  }

  /**
   * Encrypts with the first key every secret that is not. An interrupted run is continued by the next one.
   * @returns {Promise<{encrypted: string[], changed: string[]}>} ids of apps, `changed` of those that others changed meanwhile
   */
  async encryptSecrets() {
    const outcome = { encrypted: [], changed: [] };
    for (const app of await this.all()) {
      const { id, secret, previous_secret: previous } = app;
      const [newSecret, newPrevious] = [this.#sealed(app, secret), this.#sealed(app, previous)];
      if (newSecret === secret && newPrevious === previous) continue;
      const statement = [ENCRYPT, id, secret, previous, newSecret, newPrevious, this.#now()];
      const written = newSecret === secret ? ["previous_secret", newPrevious] : ["secret", newSecret];
      const about = { key_id: this.#secrets().keyId };
      await this.#change(id, statement, { action: "app.secrets_encrypted", about }, ...written);
      const after = await this.find(id);
      outcome[after[written[0]] === written[1] ? "encrypted" : "changed"].push(id);
    }
    return outcome;
  }

  // A stored secret, encrypted with the first key. Unchanged if it already is.
  #sealed(app, stored) {
    const secrets = this.#secrets();
    return secrets.isCurrent(stored) ? stored : secrets.seal(app, secrets.open(app, stored));
  }

  async setDisabled(id, disabled) {
    const app = await this.find(id);
    if ((app.disabled_at !== null) === disabled) return app;
    const [action, at] = disabled ? ["app.disabled", this.#now()] : ["app.enabled", null];
    await this.#change(id, [SET_DISABLED, id, at, this.#now()], { action }, "disabled_at", at);
    return this.find(id);
  }

  async setOrigins(id, origins) {
    checkOrigins(origins);
    const app = await this.find(id);
    const after = JSON.stringify(origins);
    if (after === app.allowed_origins) return app;
    const entry = { action: "app.origins_updated", about: { origins: [JSON.parse(app.allowed_origins), origins] } };
    await this.#change(id, [SET_ORIGINS, id, after, this.#now()], entry, "allowed_origins", after);
    return this.find(id);
  }

  /** Sets where the keys of RS256 and ES256 tokens are: at an address, in a file, or, without both, nowhere. */
  async setJwks(id, { url, file, isUnchecked = false }) {
    const app = await this.find(id);
    if (url !== undefined) await this.#checkJwksUrl(url, isUnchecked);
    const jwks = file === undefined ? null : readJwksFile(file);
    if (app.jwks === jwks && app.jwks_url === (url ?? null)) return app;
    const about = { url_host: url && new URL(url).host, key_names: jwks === null ? undefined : keyNames(jwks) };
    const written = url === undefined ? ["jwks", jwks] : ["jwks_url", url];
    const statement = [SET_JWKS, id, jwks, url ?? null, this.#now()];
    await this.#change(id, statement, { action: "app.jwks_updated", about }, ...written);
    return this.find(id);
  }

  async #checkJwksUrl(url, isUnchecked) {
    if (!isWebAddress(url)) throw new AppRefused("--url is an http or https address without a password");
    if (this.#isDeployed && !isOnInternet(url)) {
      throw new AppRefused("a deployed edge fetches keys from https addresses on the internet only");
    }
    if (!isUnchecked) await checkJwksUrl(url);
  }

  /** @param {{prefix?: string, suffix?: string, headers?: string[]}} [options] filters by channel name, added headers */
  async addWebhook(id, url, events, { prefix, suffix, headers = [] } = {}) {
    if (!isWebAddress(url)) throw new AppRefused("a webhook's --url is an http or https address without a password");
    if (this.#isDeployed && !isOnInternet(url)) {
      throw new AppRefused("a deployed edge sends webhooks to https addresses on the internet only");
    }
    const all = events.includes("*") ? WEBHOOK_EVENTS : [...new Set(events)];
    if (all.length === 0 || all.some((event) => !WEBHOOK_EVENTS.includes(event))) {
      throw new AppRefused(`--event is one of ${WEBHOOK_EVENTS.join(", ")}, or * for all`);
    }
    for (const part of [prefix, suffix]) {
      if (part !== undefined && !/^[A-Za-z0-9_=@,.;-]{1,200}$/.test(part)) {
        throw new AppRefused("--prefix and --suffix have 1 to 200 characters that names of channels can have");
      }
    }
    const added = parseHeaders(headers, (reason) => new AppRefused(reason));
    const filters = {
      ...(prefix === undefined ? {} : { channel_prefix: prefix }),
      ...(suffix === undefined ? {} : { channel_suffix: suffix }),
      ...(headers.length === 0 ? {} : { headers: added }),
    };
    const header_names = headers.length === 0 ? undefined : Object.keys(added);
    const about = { url_host: new URL(url).host, events: all, ...filters, headers: undefined, header_names };
    return this.#changeWebhooks(id, { action: "app.webhook_added", about }, (webhooks) => {
      const others = webhooks.filter((webhook) => webhook.url !== url);
      if (others.length >= MAX_WEBHOOKS) throw new AppRefused(`an app has at most ${MAX_WEBHOOKS} webhooks`);
      return [...others, { url, events: all, ...filters }];
    });
  }

  removeWebhook(id, url) {
    const entry = { action: "app.webhook_removed", about: { url_host: URL.parse(url)?.host } };
    return this.#changeWebhooks(id, entry, (webhooks) => {
      const others = webhooks.filter((webhook) => webhook.url !== url);
      if (others.length === webhooks.length) throw new AppRefused("the app has no webhook at this address");
      return others;
    });
  }

  async #changeWebhooks(id, entry, change) {
    const { webhooks: before } = await this.find(id);
    const after = JSON.stringify(change(JSON.parse(before)));
    await this.#change(id, [SET_WEBHOOKS, id, before, after, this.#now()], entry, "webhooks", after);
    const app = await this.find(id);
    if (app.webhooks !== after) throw new AppRefused("the webhooks were changed concurrently");
    return app;
  }

  // Runs the statement that sets `column` of the app to `value`, and writes its audit entry in the same batch.
  #change(id, statement, entry, column, value) {
    const audit = auditStatement(id, { ...entry, now: this.#now() }, { column, value });
    return this.#record.batch([statement, audit]);
  }
}

function randomHex(bytes) {
  return randomBytes(bytes).toString("hex");
}

function isName(text) {
  return [...text].length <= MAX_ID_CHARS && /^[^\p{Cc}/]+$/u.test(text);
}

function checkCredentials(credentials) {
  if (credentials === undefined) return;
  if (!KEY.test(credentials.key)) throw new AppRefused("a key has 4 to 128 letters, digits, - or _");
  if (!SECRET.test(credentials.secret) || credentials.secret.startsWith("sealed.")) {
    throw new AppRefused("a secret has 16 to 256 printable ASCII characters without spaces");
  }
}
