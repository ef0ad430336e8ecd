// A push service and its devices: verifies the sender (RFC 8292) and decrypts as the device (RFC 8291), with Node's own
// cryptography only.
import { createDecipheriv, createECDH, createPublicKey, hkdfSync, randomBytes, verify } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { eventually } from "./eventually.mjs";

const CURVE = "prime256v1";
const POINT_BYTES = 65;
/** The edge's VAPID key in tests: that of RFC 8291's example. */
export const VAPID = {
  VAPID_PRIVATE_KEY: "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw",
  VAPID_SUBJECT: "mailto:ops@example.org",
};

export class PushService {
  /** Every request in order: {device, status, authorization, urgency, ttl, topic, message, fault}. */
  requests = [];

  static async start() {
    const service = new PushService();
    service.devices = new Map();
    service.server = createServer((request, response) => service.#take(request, response));
    service.server.listen(0, "127.0.0.1");
    await once(service.server, "listening");
    service.origin = `http://127.0.0.1:${service.server.address().port}`;
    return service;
  }

  /** A device that answers requests with its `status`, 201 at first; 0 leaves them unanswered. */
  device() {
    const device = new Device(this, randomBytes(8).toString("hex"));
    this.devices.set(`/send/${device.id}`, device);
    return device;
  }

  async #take(request, response) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const device = this.devices.get(request.url);
    const { authorization, urgency, topic, ttl } = request.headers;
    const taken = { device, status: device?.status ?? 404, urgency, topic, ttl: Number(ttl) };
    try {
      this.#check(authorization);
      if (request.headers["content-encoding"] !== "aes128gcm") throw new Error("another encoding");
      if (device) taken.message = device.read(Buffer.concat(chunks));
    } catch (error) {
      taken.fault = String(error);
      taken.status = 403;
    }
    this.requests.push(taken);
    if (taken.status === 0) return;
    response.writeHead(taken.status, taken.status === 429 ? { "retry-after": "1" } : {});
    response.end();
  }

  // RFC 8292: a token for this service, valid for at most 24 hours, signed by the named key.
  #check(authorization) {
    const [, token, key] = authorization.match(/^vapid t=([\w.-]+), k=([\w-]+)$/) ?? [];
    if (key !== publicKey(VAPID.VAPID_PRIVATE_KEY)) throw new Error("another key");
    const [head, claims, signature] = token.split(".");
    const read = (part) => JSON.parse(Buffer.from(part, "base64url"));
    if (read(head).alg !== "ES256") throw new Error("another algorithm");
    const { aud, exp, sub } = read(claims);
    const seconds = exp - Date.now() / 1_000;
    if (aud !== this.origin || sub !== VAPID.VAPID_SUBJECT || seconds <= 0 || seconds > 86_400) throw new Error(claims);
    const signed = Buffer.from(`${head}.${claims}`);
    const by = { key: asKey(Buffer.from(key, "base64url")), dsaEncoding: "ieee-p1363" };
    if (!verify("sha256", signed, by, Buffer.from(signature, "base64url"))) throw new Error("not signed");
  }

  /** Accepted requests. */
  get accepted() {
    return this.requests.filter(({ status }) => status === 201);
  }

  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }
}

class Device {
  status = 201;

  constructor(service, id) {
    Object.assign(this, { service, id, secret: randomBytes(16), keys: createECDH(CURVE) });
    this.keys.generateKeys();
    this.endpoint = `${service.origin}/send/${id}`;
  }

  /** As a browser's `PushSubscription.toJSON()`. */
  get subscription() {
    const [p256dh, auth] = [this.keys.getPublicKey(), this.secret].map((bytes) => bytes.toString("base64url"));
    return { endpoint: this.endpoint, expirationTime: null, keys: { p256dh, auth } };
  }

  /** Decrypts a message (RFC 8291). */
  read(body) {
    const [salt, length] = [body.subarray(0, 16), body.readUInt8(20)];
    if (length !== POINT_BYTES || body.readUInt32BE(16) !== 4_096) throw new Error("another header");
    const sender = body.subarray(21, 21 + length);
    const sealed = body.subarray(21 + length);
    const info = Buffer.concat([Buffer.from("WebPush: info\0"), this.keys.getPublicKey(), sender]);
    const secret = hkdfSync("sha256", this.keys.computeSecret(sender), this.secret, info, 32);
    const derive = (name, bytes) => Buffer.from(hkdfSync("sha256", secret, salt, `Content-Encoding: ${name}\0`, bytes));
    const cipher = createDecipheriv("aes-128-gcm", derive("aes128gcm", 16), derive("nonce", 12));
    cipher.setAuthTag(sealed.subarray(-16));
    const plain = Buffer.concat([cipher.update(sealed.subarray(0, -16)), cipher.final()]);
    if (plain.at(-1) !== 2) throw new Error("not the last record");
    return JSON.parse(plain.subarray(0, -1));
  }

  /** Accepted requests to this device, in order. */
  get shown() {
    return this.service.accepted.filter(({ device }) => device === this);
  }

  /** All requests to this device, accepted or not. */
  get attempts() {
    return this.service.requests.filter(({ device }) => device === this);
  }

  /** Resolves with the first accepted request for an event, optionally of one alert. */
  receives(event, alert) {
    const fits = ({ message: { data } }) => data.event === event && (alert === undefined || data.alert_id === alert);
    return eventually(() => this.shown.find(fits), `${event} on a device`);
  }
}

/** The public key of a private one, base64url. */
export function publicKey(privateKey) {
  const keys = createECDH(CURVE);
  keys.setPrivateKey(Buffer.from(privateKey, "base64url"));
  return keys.getPublicKey().toString("base64url");
}

function asKey(point) {
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((half) => half.toString("base64url"));
  return createPublicKey({ key: { kty: "EC", crv: "P-256", x, y }, format: "jwk" });
}
