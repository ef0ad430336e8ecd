// A fresh Campana for one test file: the built edge on workerd, an empty database, two apps, and users with tokens.
import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { differences } from "../../scripts/lib/counts.mjs";
import { startEngine } from "../../scripts/lib/engine.mjs";
import { migrate } from "../../scripts/lib/migrate.mjs";
import { readRenamedClasses } from "../../scripts/lib/object-classes.mjs";
import { signToken } from "../../scripts/lib/token.mjs";
import { Chat } from "./chat.mjs";
import { compareResponses } from "./documents/responses.mjs";
import { eventually } from "./eventually.mjs";
import { VAPID } from "./push-service.mjs";

/** Limits for tests that are not about limits. */
export const WIDE = {
  sends_per_second: 100_000,
  send_burst: 100_000,
  conversation_sends_per_second: 100_000,
  conversation_send_burst: 100_000,
  sockets_per_user: 1_000,
  conversations_per_hour: 1_000_000,
  added_people_per_hour: 1_000_000,
  requests_per_minute: 1_000_000,
  app_requests_per_minute: 1_000_000,
};
const APP = `INSERT INTO apps (id, tenant_id, key, secret, allowed_origins, settings, created_at, jwks_url)
  VALUES (?1, ?2, ?3, ?4, '["*"]', ?5, CAST(?6 AS INTEGER), ?7)`;

/**
 * @param {{limits?: object, pusher?: object, alerts?: object, jwks?: string, vars?: object, ceilings?: object,
 *   front?: string, onLog?: (entry: {level: string, message: string}) => void}} [options]
 *   limits, Pusher and alert settings, and JWKS URL of the tenant `demo`; variables, rate limiters and front of the engine;
 *   receiver of the engine's output, which `printed` collects by default
 */
export async function startWorld(options = {}) {
  const { limits = {}, pusher = {}, alerts = {}, jwks = null, vars = {}, ceilings = {}, front } = options;
  const persist = mkdtempSync(join(tmpdir(), "campana-test-"));
  const printed = [];
  const onLog = options.onLog ?? (({ message }) => printed.push(message));
  const started = { persist, vars: { ...VAPID, ...vars }, ceilings, front, onLog };
  const engine = await startEngine(started);
  const database = await engine.database();
  await migrate(database);
  const apps = [
    ["1", "demo", "demo-key", "demo-secret", { limits, pusher, alerts }, jwks],
    ["2", "other", "other-key", "other-secret", {}, null],
  ];
  for (const [id, tenant, key, secret, own, keys] of apps) {
    await database.prepare(APP).bind(id, tenant, key, secret, JSON.stringify(own), Date.now(), keys).run();
  }
  return new World(engine, started, printed);
}

/**
 * A world on a copy of the data that a release has written to a folder of tests/fixtures.
 * @param {(world: World) => void} [before] called with the world before its engine starts
 */
export async function openWorld(folder, before = () => {}) {
  const persist = mkdtempSync(join(tmpdir(), "campana-test-"));
  cpSync(folder, persist, { recursive: true });
  const printed = [];
  const options = { persist, vars: VAPID, onLog: ({ message }) => printed.push(message) };
  const world = new World(undefined, options, printed);
  before(world);
  await world.start();
  await migrate(await world.engine.database());
  return world;
}

class World {
  constructor(engine, options, printed) {
    Object.assign(this, { options, persist: options.persist, printed, chats: [] });
    if (engine) this.#run(engine);
  }

  /** Begins to use an engine, whose responses are compared with the OpenAPI document. */
  #run(engine) {
    this.engine = engine;
    this.url = engine.url;
    compareResponses(this.url);
  }

  /** Starts the engine on the world's data. */
  async start() {
    this.#run(await startEngine(this.options));
  }

  /** A user, by default of the tenant `demo`. */
  person(user, options = {}) {
    return new Person(this, user, options);
  }

  /** Rows of the record. */
  async rows(sql, ...params) {
    const database = await this.engine.database();
    const { results } = await database
      .prepare(sql)
      .bind(...params)
      .all();
    return results;
  }

  /** Number of objects of a class that were ever created; each has its own database file. */
  objectCount(className) {
    const isObject = (file) => /\/[0-9a-f]{64}\.sqlite$/.test(file) && file.includes(className);
    return readdirSync(this.persist, { recursive: true }).filter(isObject).length;
  }

  /** Rows of a conversation object's database, read from its file. */
  objectRows(conversation, sql) {
    return this.#ofObject(conversation, { readOnly: true }, (database) => database.prepare(sql).all());
  }

  /** Changes a conversation object's database; only while the engine is stopped. */
  changeObject(conversation, statements) {
    this.#ofObject(conversation, {}, (database) => database.exec(statements.join(";")));
  }

  /** The same for every app's quota registry. */
  changeQuotaRegistries(statements) {
    this.changeObjects("QuotaRegistry", "leases", statements);
  }

  /** The same for every object of a class whose database has a table. */
  changeObjects(className, table, statements) {
    let changed = 0;
    for (const database of this.#databases(className, table)) {
      database.exec(statements.join(";"));
      changed += 1;
    }
    if (changed === 0) throw new Error(`no ${className} has a table ${table}`);
  }

  /** Rows of all objects of a class whose database has a table, read from their files. */
  rowsOfObjects(className, table, sql) {
    const rows = [];
    for (const database of this.#databases(className, table, { readOnly: true }))
      rows.push(...database.prepare(sql).all());
    return rows;
  }

  /** Deletes the alarms of all objects of a class, as if the platform had lost them; only while the engine is stopped. */
  loseAlarms(className) {
    let lost = 0;
    for (const [table, statement] of [
      ["_cf_ALARM", "DELETE FROM _cf_ALARM"],
      ["_cf_METADATA", "DELETE FROM _cf_METADATA WHERE key = 1"],
    ]) {
      for (const database of this.#databases(className, table))
        lost += Number(database.prepare(statement).run().changes);
    }
    if (lost < 2) throw new Error(`no alarm of ${className} was set`);
  }

  #ofObject(conversation, options, act) {
    for (const database of this.#databases("Conversation", "log", options)) {
      const own = database.prepare("SELECT value FROM meta WHERE key = 'conversation_id'").get();
      if (own?.value === conversation) return act(database);
    }
    throw new Error(`no object's database for ${conversation}`);
  }

  // The databases of a class's objects that have a table; each is open until the next step of the iteration.
  *#databases(className, table, options = {}) {
    const firstName = readRenamedClasses().get(className) ?? className;
    for (const file of readdirSync(this.persist, { recursive: true })) {
      if (!file.endsWith(".sqlite") || !file.includes(firstName)) continue;
      const database = new DatabaseSync(join(this.persist, file), { timeout: 5_000, ...options });
      try {
        const found = database.prepare("SELECT COUNT(*) n FROM sqlite_master WHERE name = ?").get(table);
        if (found.n > 0) yield database;
      } finally {
        database.close();
      }
    }
  }

  /** Stops the engine, calls `whileStopped`, and starts the engine again on the same data. */
  async restart(whileStopped) {
    await this.engine.stop();
    whileStopped();
    await this.start();
  }

  /** A room with these members, created by an administrator. */
  async room(people, { visibility = "public", name = "Lobby" } = {}) {
    const admin = this.person("admin", { roles: ["admin"] });
    const room = await admin.ok("POST", "/api/chat/rooms", { name, visibility });
    for (const person of people) {
      await person.ok("GET", "/api/me");
      await admin.ok("POST", `/api/chat/rooms/${room.id}/members`, { user_id: person.user });
    }
    return room;
  }

  async stop() {
    for (const chat of this.chats) chat.terminate();
    await this.engine.stop();
    const wrong = this.#miscounted();
    rmSync(this.persist, { recursive: true, force: true });
    if (wrong.length > 0) throw new Error(`counts differ from the messages: ${JSON.stringify(wrong.slice(0, 10))}`);
  }

  // Counts of the record that differ from its messages, in conversations of which the record has all events.
  #miscounted() {
    for (const record of this.#databases("D1DatabaseObject", "conversations", { readOnly: true })) {
      const heads = new Map();
      for (const { id, last_seq } of record.prepare("SELECT id, last_seq FROM conversations").all())
        heads.set(id, last_seq);
      const newest = "SELECT value AS id, (SELECT max(seq) FROM log) AS head FROM meta WHERE key = 'conversation_id'";
      const logs = this.rowsOfObjects("Conversation", "log", newest);
      const unflushed = logs.filter(({ id, head }) => (head ?? 0) > (heads.get(id) ?? 0));
      return differences(record, new Set(unflushed.map(({ id }) => id)));
    }
    return [];
  }
}

class Person {
  constructor(world, user, { name = `User ${user}`, tenant = "demo", secret = `${tenant}-secret`, ...claims } = {}) {
    Object.assign(this, { world, user, name, tenant });
    this.token = signToken({ user, name, tenant, secret, ...claims });
  }

  /** Calls the API and returns the response, whatever its status. */
  async call(method, path, body, headers = {}) {
    const response = await fetch(this.world.url + path, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      body: body === undefined || typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body),
    });
    const text = await response.text();
    // The answer to a HEAD has no body.
    const isJson = text !== "" && /[/+]json\b/.test(response.headers.get("content-type") ?? "");
    return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : undefined };
  }

  /** Uploads a file of these bytes and returns it. */
  upload(bytes, name = "a.bin") {
    const disposition = `attachment; filename*=UTF-8''${encodeURIComponent(name)}`;
    const headers = { "content-type": "application/octet-stream", "content-disposition": disposition };
    return this.ok("POST", "/api/chat/upload", bytes, headers);
  }

  /** Calls the API and returns the body of a success; throws on any other status. */
  async ok(method, path, body, headers) {
    const answer = await this.call(method, path, body, headers);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return answer.body;
  }

  /** Opens a conversation's socket; resolves after its welcome. */
  async chat(conversation, query = {}) {
    const chat = this.dial(`/api/chat/conversations/${conversation}/socket`, query);
    chat.welcome = await chat.next((frame) => frame.type === "welcome", "the welcome");
    return chat;
  }

  /** Opens the user's own channel. */
  async ownChannel(query = {}) {
    const chat = this.dial("/api/me/socket", query);
    chat.welcome = await chat.next((frame) => frame.type === "welcome", "the welcome");
    return chat;
  }

  /** Opens a socket without waiting. */
  dial(path, query = {}) {
    const parameters = new URLSearchParams(query).toString();
    const address = `${this.world.engine.socketUrl}${path}${parameters && `?${parameters}`}`;
    const chat = new Chat(address, ["campana.v1", `bearer.${this.token}`]);
    this.world.chats.push(chat);
    return chat;
  }

  /** The newest page of a conversation, oldest message first. */
  history(conversation, query = "limit=100") {
    return this.ok("GET", `/api/chat/conversations/${conversation}/messages?${query}`);
  }
}

export { eventually };
