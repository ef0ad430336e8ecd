// Signs inputs as a backend does, sends them, and checks the answers.
import { createHash } from "node:crypto";
import { faultOfAnswer } from "./answers.mjs";
import { Requests } from "./http-kind.mjs";
import { DEMO, sign } from "./pool.mjs";
import { PusherLine } from "./pusher-kind.mjs";
import { signedInput } from "./signed-inputs.mjs";

export class SignedKind {
  static kind = "signed";
  static inputOf = signedInput;

  constructor(run) {
    Object.assign(this, { run, requests: new Requests(run.world.url), line: new PusherLine(run, SignedKind.kind) });
  }

  perform(input) {
    switch (input.way) {
      case "call":
        return this.#call(input);
      case "subscription":
        return this.line.send((socket) => [JSON.stringify(subscribing(input, socket))]);
      default:
        return this.line.send((socket) => [JSON.stringify(signingIn(input, socket))]);
    }
  }

  async #call({ method, path, query, body, signature }) {
    const request = { method, path: `${path}?${signedQuery({ method, path, query, body, signature })}`, body };
    const headers = body === undefined ? {} : { "content-type": "application/json" };
    const answer = await this.requests.send({ ...request, headers });
    if (answer.failure) return [`no answer: ${answer.failure}`];
    this.run.countOutcome(`signed ${answer.status}`);
    const fault = faultOfAnswer(request, answer);
    return fault ? [fault] : [];
  }

  close() {
    this.requests.close();
    this.line.close();
  }
}

/** The signed query of a request, with the current time unless the input changes it. */
function signedQuery({ method, path, query, body, signature: { late_s = 0, ...odd } }) {
  const pairs = new Map([
    ...query,
    ["auth_key", DEMO.key],
    ["auth_version", "1.0"],
    ["auth_timestamp", String(Math.floor(Date.now() / 1_000) + late_s)],
    ...(body === undefined ? [] : [["body_md5", createHash("md5").update(body).digest("hex")]]),
    ...Object.entries(odd),
  ]);
  pairs.delete("auth_signature");
  const wellFormed = [...pairs].map(([name, value]) => [name.toWellFormed(), value.toWellFormed()]);
  const sorted = wellFormed.map(([name, value]) => [name.toLowerCase(), value]).sort(compare);
  const text = `${method}\n${path.split("?")[0]}\n${sorted.map(([name, value]) => `${name}=${value}`).join("&")}`;
  return new URLSearchParams([...wellFormed, ["auth_signature", odd.auth_signature?.toWellFormed() ?? sign(text)]]);
}

// Sorts by bytes, names first, as the signature requires.
function compare([one, its], [other, others]) {
  return Buffer.compare(Buffer.from(one), Buffer.from(other)) || Buffer.compare(Buffer.from(its), Buffer.from(others));
}

function subscribing({ channel, channel_data, isCarried, isLeftOut }, socket) {
  const signature = sign(`${socket}:${channel}${isLeftOut ? "" : `:${channel_data}`}`);
  const carried = isCarried ? `:${Buffer.from(channel_data).toString("base64url")}` : "";
  const data = {
    channel,
    auth: `${DEMO.key}:${signature}${carried}`,
    ...(isCarried || isLeftOut ? {} : { channel_data }),
  };
  return { event: "pusher:subscribe", data };
}

function signingIn({ user_data }, socket) {
  return { event: "pusher:signin", data: { auth: `${DEMO.key}:${sign(`${socket}::user::${user_data}`)}`, user_data } };
}
