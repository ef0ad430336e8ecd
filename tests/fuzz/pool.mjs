// Users, rooms, conversations, messages and channels for inputs: a fixed number of each, regardless of a run's length. Inputs
// that change a whole app use a second tenant.
import { createHmac } from "node:crypto";
import { backend } from "../support/pusher.mjs";

const PLAIN = ["fuzz-1", "fuzz-2", "fuzz-3", "fuzz-4", "8"];
/** Unusual but valid user ids. */
const ODD = [
  "ana@x.org",
  "ñandú 7",
  "a;b?c#d&e=f",
  "%2F..",
  "7.8",
  'o\'brien "q" \\',
  "#watch-8",
  "x".repeat(128),
  "\u{1f600}".repeat(60),
];
const GUARDS = ["fuzz-guard-1", "fuzz-guard-2", "9"];
const ROOMS = 3;
const DOOMED_ROOMS = 10;
const MESSAGES = 12;
const TOKENS_LAST_S = 10 * 86_400;
/** The app's own channels. */
export const CHANNELS = [
  "news",
  "cache-news",
  "private-orders",
  "private-cache-orders",
  "presence-orders",
  "presence-cache-orders",
  "private-encrypted-orders",
  "private-encrypted-cache-orders",
  "chat",
  "presence-chat",
  "private-campaign.3",
  "presence-campaign.3",
  "private-panic-alerts",
  "private-security-dashboard",
];
export const DEMO = { id: "1", tenant: "demo", key: "demo-key", secret: "demo-secret" };
export const OTHER = { id: "2", tenant: "other", key: "other-key", secret: "other-secret" };

export class Pool {
  /** Conversations with possible messages: id to a user who can read them. */
  readers = new Map();
  /** The latest messages of inputs; a new id replaces the oldest. */
  messages = [];
  alerts = Array.from({ length: 24 }, (_, at) => (at % 3 === 0 ? String(500 + at) : `fuzz-alert-${at}`));
  invites = [];
  tokens = [];
  cursors = [];
  #at = 0;

  constructor(world, baseTime) {
    Object.assign(this, { world, baseTime });
    const person = (user, claims) => world.person(user, { expiresIn: TOKENS_LAST_S, ...claims });
    this.people = [...PLAIN.map((user) => person(user)), ...ODD.map((user) => person(user, { name: `${user} <b>&` }))];
    this.guards = GUARDS.map((user) => person(user, { permissions: ["view_panic_alerts", "subscribe:*"] }));
    this.admin = person("fuzz-admin", { roles: ["admin"] });
    this.outsider = person("fuzz-outsider");
    this.leaver = person("fuzz-leaver");
    this.otherAdmin = person("other-admin", { tenant: "other", roles: ["admin"] });
    this.other = person("other-1", { tenant: "other" });
  }

  /** A user by the role names of the tables. */
  someone(random, role) {
    switch (role) {
      case "admin":
        return this.admin;
      case "guard":
        return random.pick(this.guards);
      case "outsider":
        return this.outsider;
      case "leaver":
        return this.leaver;
      case "other-admin":
        return this.otherAdmin;
      case "other":
        return this.other;
      case "owner":
        return this.people[0];
      default:
        return random.pick(this.people);
    }
  }

  /** Creates all of it. `common` is the bystanders' room, which no pool user manages. */
  async prepare(common) {
    this.common = common;
    const everybody = [...this.people, ...this.guards, this.admin, this.outsider, this.other, this.otherAdmin];
    for (const person of everybody) await person.ok("GET", "/api/me");
    for (const { user } of this.people)
      await this.admin.ok("POST", `/api/chat/rooms/${common.id}/members`, { user_id: user });
    const [owner] = this.people;
    const members = [{ user_id: owner.user, role: "owner" }];
    const make = (name, visibility) => this.admin.ok("POST", "/api/chat/rooms", { name, visibility, members });
    this.rooms = [];
    for (let at = 0; at < ROOMS; at++) this.rooms.push(await make(`Fuzz ${at}`, at === 0 ? "private" : "public"));
    this.doomed = [];
    for (let at = 0; at < DOOMED_ROOMS; at++) this.doomed.push(await make(`Doomed ${at}`, "public"));
    this.otherRoom = await this.otherAdmin.ok("POST", "/api/chat/rooms", { name: "Elsewhere" });
    await this.heal();
    const users = this.people.slice(1, 4).map(({ user }) => user);
    const group = await owner.ok("POST", "/api/chat/conversations", {
      type: "group",
      user_ids: users,
      metadata: { a: 1 },
    });
    const dm = await owner.ok("POST", "/api/chat/conversations", { type: "dm", user_id: this.people[1].user });
    await this.people[2].ok("POST", "/api/chat/messages", { message: "to all" });
    this.conversations = [...this.rooms.map(({ conversation_id }) => conversation_id), group.id, dm.id];
    for (const conversation of [common.conversation_id, ...this.conversations]) this.readers.set(conversation, owner);
    for (let at = 0; at < MESSAGES; at++) {
      const conversation = this.conversations[at % this.conversations.length];
      this.saw(await owner.ok("POST", `/api/chat/conversations/${conversation}/messages`, { body: `first ${at}` }));
    }
    for (let at = 0; at < 6; at++) {
      const { id, token } = await owner.ok("POST", `/api/chat/rooms/${this.rooms[at % 3].id}/invites`, {
        max_uses: 100,
      });
      this.invites.push(id);
      this.tokens.push(token);
    }
    for (const list of ["/api/chat/rooms", `/api/chat/rooms/${this.rooms[1].id}/members`, "/api/chat/conversations"]) {
      const { next_cursor } = await owner.ok("GET", `${list}?limit=1`);
      if (next_cursor) this.cursors.push(next_cursor);
    }
    const page = await owner.ok("GET", `/api/chat/conversations/${this.conversations[0]}/messages?limit=1`);
    this.epoch = page.epoch;
    const notified = { user_ids: this.people.map(({ user }) => user), title: "for the pool", key: "pool" };
    await backend(this.world).post({ path: "/notifications", body: notified });
    this.notifications = (await owner.ok("GET", "/api/notifications")).data.map(({ id }) => id);
    if (page.next_cursor) this.cursors.push(page.next_cursor);
  }

  /** Re-adds removed, banned or muted users, so that later inputs are not all refused. */
  async heal() {
    const [owner, ...people] = this.people;
    for (const { id } of [...this.rooms, this.common]) {
      const by = id === this.common.id ? this.admin : owner;
      for (const { user } of people) {
        await by.call("DELETE", `/api/chat/rooms/${id}/members/${encodeURIComponent(user)}/ban`);
        await by.call("DELETE", `/api/chat/rooms/${id}/members/${encodeURIComponent(user)}/mute`);
        await by.call("POST", `/api/chat/rooms/${id}/members`, { user_id: user });
      }
    }
  }

  /** Adds an acknowledged message for use in later inputs. */
  saw(message) {
    this.messages[this.#at++ % MESSAGES] = message.id;
  }

  /** A template with `{words}` replaced from the pool. */
  fill(random, text) {
    return text.replaceAll(
      /\{([a-z]+)(?::([^}]*))?\}/g,
      (whole, word, argument) => this.#named(random, word, argument) ?? whole,
    );
  }

  #named(random, word, argument) {
    switch (word) {
      case "room":
        return random.pick(this.rooms).id;
      case "anyroom":
        return random.pick([this.common, ...this.rooms]).id;
      case "doomed":
        return random.pick(this.doomed).id;
      case "conversation":
        return random.pick([this.common.conversation_id, ...this.conversations]);
      case "message":
        return random.pick(this.messages);
      case "person":
        return random.pick(this.people).user;
      case "member":
        return random.pick(this.people.slice(1)).user;
      case "guard":
        return random.pick(this.guards).user;
      case "alert":
        return random.pick(this.alerts);
      case "invite":
        return random.pick(this.invites);
      case "notification":
        return random.pick(this.notifications);
      case "token":
        return random.pick(this.tokens);
      case "cursor":
        return random.pick(this.cursors);
      case "epoch":
        return this.epoch;
      case "channel":
        return random.pick(this.channels);
      case "time":
        return new Date(this.baseTime + 1_000 * Number(argument ?? 0)).toISOString();
      case "key":
        return `key-${random.below(1_000_000)}`;
      default:
        return undefined;
    }
  }

  /** Channels for subscriptions: the app's own and those of the pool's resources. */
  get channels() {
    const [one, two] = this.people;
    return [
      ...CHANNELS,
      `private-conversation.${this.common.conversation_id}`,
      `private-conversation.${this.conversations[0]}`,
      `presence-room.${this.rooms[1].id}`,
      `private-chat.${this.rooms[2].id}`,
      `private-chat.${one.user}.${two.user}`,
      `private-user.${one.user}`,
      `private-user.invites.${two.user}`,
      `private-financial.${one.user}`,
    ];
  }
}

/** A correctly signed JWT with any text as claims. */
export function signClaims(claims, { header = '{"alg":"HS256","typ":"JWT"}', secret = DEMO.secret } = {}) {
  const signed = `${Buffer.from(header).toString("base64url")}.${Buffer.from(claims).toString("base64url")}`;
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}

/** Signature of subscriptions, sign-ins and requests. */
export function sign(text, secret = DEMO.secret) {
  return createHmac("sha256", secret).update(text).digest("hex");
}
