// Operations on apps in the record, with their validation.
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { BlockList, isIP } from "node:net";
import { DEMO_APP } from "./token.mjs";
import { parseHeaders } from "./webhook-headers.mjs";

const KEY_BYTES = 10;
const SECRET_BYTES = 32;
const MAX_ORIGINS = 100;
const MAX_WEBHOOKS = 10;
const MAX_KEEP_OLD_HOURS = 30 * 24;
const MAX_ID_CHARS = 128;
const HOUR_MS = 3_600_000;

/** Events that a webhook can subscribe to; a test compares the edge's own list with it. */
export const WEBHOOK_EVENTS = JSON.parse(readFileSync(new URL("webhook-events.json", import.meta.url), "utf8"));

const COLUMNS = `id, tenant_id, key, secret, previous_secret, previous_secret_until, allowed_origins, webhooks,
  disabled_at, created_at`;
const ALL = `SELECT ${COLUMNS} FROM apps ORDER BY created_at, id`;
const BY_ID = `SELECT ${COLUMNS} FROM apps WHERE id = ?1`;
const TAKEN = "SELECT id, tenant_id FROM apps WHERE id = ?1 OR tenant_id = ?2";
const IDS = "SELECT id FROM apps";
const INSERT = `INSERT INTO apps (id, tenant_id, key, secret, allowed_origins, created_at)
  VALUES (?1, ?2, ?3, ?4, ?5, CAST(?6 AS INTEGER))`;
// Of two concurrent rotations one matches no row, and its caller gets an error.
// A trigger revokes what the previous generation has signed, from the time on when its secret ends.
const ROTATE = `UPDATE apps SET secret = ?3, previous_secret = ?4, previous_secret_until = CAST(?5 AS INTEGER),
  secret_generation = secret_generation + 1, updated_at = CAST(?6 AS INTEGER) WHERE id = ?1 AND secret = ?2`;
const END_ROTATION = `UPDATE apps SET previous_secret = NULL, previous_secret_until = NULL,
  updated_at = CAST(?2 AS INTEGER) WHERE id = ?1`;
const SET_DISABLED =
  "UPDATE apps SET disabled_at = CAST(?2 AS INTEGER), updated_at = CAST(?3 AS INTEGER) WHERE id = ?1";
const SET_ORIGINS = "UPDATE apps SET allowed_origins = ?2, updated_at = CAST(?3 AS INTEGER) WHERE id = ?1";
const SET_WEBHOOKS = `UPDATE apps SET webhooks = ?3, updated_at = CAST(?4 AS INTEGER)
  WHERE id = ?1 AND webhooks = ?2`;

// Private, loopback and provider networks. The edge refuses these and more when it sends (core/src/shared/address.rs); here the
// operator gets the error when configuring.
const PRIVATE = new BlockList();
for (const [network, bits] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
]) {
  PRIVATE.addSubnet(network, bits);
}

/** A refused operation; the message is for the operator. */
export class AppRefused extends Error {}

export class Apps {
  #record;
  #now;
  #isDeployed;

  /** @param {import("./record.mjs").Record} record @param {{now?: () => number, isDeployed?: boolean}} [options] */
  constructor(record, { now = Date.now, isDeployed = false } = {}) {
    this.#record = record;
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

  async create({ tenant, id, origins }) {
    if (!isName(tenant)) throw new AppRefused(`a tenant has 1 to ${MAX_ID_CHARS} characters, none of them a /`);
    if (id !== undefined && !isName(id)) throw new AppRefused("an id has the same characters as a tenant");
    checkOrigins(origins);
    const chosen = id ?? (await this.#nextId());
    const [taken] = await this.#record.rows(TAKEN, chosen, tenant);
    if (taken) throw new AppRefused(`app ${taken.id} of the tenant ${taken.tenant_id} is already there`);
    const [key, secret] = [KEY_BYTES, SECRET_BYTES].map((bytes) => randomBytes(bytes).toString("hex"));
    await this.#record.run(INSERT, chosen, tenant, key, secret, JSON.stringify(origins), this.#now());
    return this.find(chosen);
  }

  async #nextId() {
    const rows = await this.#record.rows(IDS);
    const numbers = rows.map((row) => Number(row.id)).filter(Number.isSafeInteger);
    return String(Math.max(0, ...numbers) + 1);
  }

  async rotate(id, hours) {
    if (!Number.isFinite(hours) || hours < 0 || hours > MAX_KEEP_OLD_HOURS) {
      throw new AppRefused(`the old secret can be kept for 0 to ${MAX_KEEP_OLD_HOURS} hours`);
    }
    const app = await this.find(id);
    const now = this.#now();
    if (app.previous_secret !== null && app.previous_secret_until > now) {
      throw new AppRefused("the previous secret is still valid, and only one is kept: end-rotation first");
    }
    const secret = randomBytes(SECRET_BYTES).toString("hex");
    // An empty or public secret becomes invalid immediately.
    const isKept = hours > 0 && !["", DEMO_APP.secret].includes(app.secret);
    const [previous, until] = isKept ? [app.secret, now + hours * HOUR_MS] : [null, null];
    await this.#record.run(ROTATE, id, app.secret, secret, previous, until === null ? null : Math.round(until), now);
    const rotated = await this.find(id);
    if (rotated.secret !== secret) throw new AppRefused("the secret was changed concurrently");
    return rotated;
  }

  async endRotation(id) {
    await this.find(id);
    await this.#record.run(END_ROTATION, id, this.#now());
    return this.find(id);
  }

  async setDisabled(id, disabled) {
    await this.find(id);
    await this.#record.run(SET_DISABLED, id, disabled ? this.#now() : null, this.#now());
    return this.find(id);
  }

  async setOrigins(id, origins) {
    checkOrigins(origins);
    await this.find(id);
    await this.#record.run(SET_ORIGINS, id, JSON.stringify(origins), this.#now());
    return this.find(id);
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
    return this.#changeWebhooks(id, (webhooks) => {
      const others = webhooks.filter((webhook) => webhook.url !== url);
      if (others.length >= MAX_WEBHOOKS) throw new AppRefused(`an app has at most ${MAX_WEBHOOKS} webhooks`);
      return [...others, { url, events: all, ...filters }];
    });
  }

  removeWebhook(id, url) {
    return this.#changeWebhooks(id, (webhooks) => {
      const others = webhooks.filter((webhook) => webhook.url !== url);
      if (others.length === webhooks.length) throw new AppRefused("the app has no webhook at this address");
      return others;
    });
  }

  async #changeWebhooks(id, change) {
    const { webhooks: before } = await this.find(id);
    const after = JSON.stringify(change(JSON.parse(before)));
    await this.#record.run(SET_WEBHOOKS, id, before, after, this.#now());
    const app = await this.find(id);
    if (app.webhooks !== after) throw new AppRefused("the webhooks were changed concurrently");
    return app;
  }
}

function isName(text) {
  return [...text].length <= MAX_ID_CHARS && /^[^\p{Cc}/]+$/u.test(text);
}

function checkOrigins(origins) {
  if (origins.length > MAX_ORIGINS) throw new AppRefused(`an app has at most ${MAX_ORIGINS} origins`);
  if (!origins.every((origin) => origin === "*" || URL.parse(origin)?.origin === origin)) {
    throw new AppRefused("an origin is scheme://host[:port] with nothing after it, or *");
  }
}

/** Whether a deployed edge would send to this URL, judged by the address alone (names are not resolved). */
export function isOnInternet(text) {
  const { protocol, hostname } = new URL(text);
  const family = isIP(hostname.replace(/^\[|\]$/g, ""));
  if (protocol !== "https:") return false;
  if (family === 4) return !PRIVATE.check(hostname);
  // 2000::/3, IPv6 global unicast.
  if (family === 6) return /^\[[23]/.test(hostname);
  return (
    hostname.includes(".") && !/\.(localhost|local|localdomain|internal|intranet|lan|home|corp)\.?$/.test(hostname)
  );
}

function isWebAddress(text) {
  const url = URL.parse(text);
  return url !== null && ["http:", "https:"].includes(url.protocol) && !url.username && !url.password;
}
