// Sends frames over Pusher sockets, and checks the answers and the closes.
import { faultOfPusherClose, faultOfPusherFrame } from "./answers.mjs";
import { Link } from "./link.mjs";
import { DEMO, sign } from "./pool.mjs";
import { pusherInput } from "./pusher-inputs.mjs";

const PATIENCE_MS = 60_000;
/** A socket may burst about 250 frames and send 25 a second; it is replaced before it reaches that limit. */
const INPUTS_OF_A_SOCKET = 60;
/** Frames that are counted by their names. */
const NAMED = /^(?:pusher|pusher_internal):(subscription_succeeded|subscription_error|error|signin_success)$/;
const ANSWERS = ["pusher_internal:subscription_succeeded", "pusher:subscription_error"];
const ANSWER_MS = 1_000;
const PATH = "/app/demo-key?protocol=7&client=js&version=8.6.0&flash=false";

/** A Pusher socket that is replaced after a number of frames. */
export class PusherLine {
  #link;
  #inputs = 0;
  #pings = 0;

  constructor(run, kind) {
    Object.assign(this, { run, kind, world: run.world });
  }

  dial(path = PATH, headers = {}) {
    const hear = (frame, link) => {
      const fault = faultOfPusherFrame(frame);
      if (fault) link.faults.push(fault);
      const name = NAMED.exec(frame?.event)?.[1];
      if (name) this.run.countOutcome(`${this.kind} ${name}`);
      if (/slow down|a second$/.test(frame?.data?.message)) link.isTooFast = true;
    };
    const link = new Link(this.world.engine.socketUrl + path, [], hear, { headers });
    return Object.assign(link, { faults: [], isTooFast: false });
  }

  /** Opens a socket; resolves once it has its id, or is closed. */
  async open(path, headers) {
    const link = this.dial(path, headers);
    const frame = await link.next(({ event }) => event === "pusher:connection_established", PATIENCE_MS);
    if (frame?.data) link.id = JSON.parse(frame.data).socket_id;
    else if (frame === undefined) link.terminate();
    return link;
  }

  /** Sends texts and bytes made for the socket; returns the faults of the answers. */
  async send(make) {
    if (!this.#link?.isOpen || this.#inputs >= INPUTS_OF_A_SOCKET) {
      this.#link?.terminate();
      [this.#link, this.#inputs] = [await this.open(), 0];
    }
    const link = this.#link;
    this.#inputs += 1;
    if (link.id === undefined) return this.#ended(link, link.closed ?? { code: 0, reason: "no handshake" });
    link.faults.length = 0;
    const frames = make(link.id);
    const subscribed = frames
      .map(channelOf)
      .filter(Boolean)
      .map((channel) => this.#answered(link, channel));
    for (const frame of frames) link.send(frame);
    await Promise.all(subscribed);
    const answered = link.next((frame) => frame.event === "pusher:pong" || isRefused(frame), PATIENCE_MS);
    link.send({ event: "pusher:ping", data: { at: this.#pings++ } });
    const answer = await answered;
    if (answer === undefined) return [...link.faults, "no answer"];
    // A ping that the rate limit refuses gets no pong. The next input opens a new socket.
    if (isRefused(answer)) {
      link.terminate();
      return [...link.faults];
    }
    return answer.closed ? this.#ended(link, answer.closed) : [...link.faults];
  }

  /** Waits for the answer to a subscription, which may never come. */
  #answered(link, channel) {
    const isAnswer = (frame) => ANSWERS.includes(frame.event) && frame.channel === channel;
    return link.next((frame) => isAnswer(frame) || frame.event === "pusher:error", ANSWER_MS);
  }

  #ended(link, closed) {
    const fault = faultOfPusherClose(closed, link);
    return [...link.faults, ...(fault ? [fault] : [])];
  }

  close() {
    this.#link?.terminate();
  }
}

/** Whether a frame reports that the rate limit refused one of the socket's frames. */
function isRefused(frame) {
  return frame.event === "pusher:error" && /slow down/.test(frame.data?.message);
}

/** The channel of a subscribe frame. */
function channelOf(text) {
  try {
    const { event, data } = JSON.parse(text);
    return event === "pusher:subscribe" ? (typeof data === "string" ? JSON.parse(data) : data).channel : undefined;
  } catch {
    return undefined;
  }
}

/** A frame with its signatures filled in. */
export function signedText({ text, signed = {} }, socket) {
  const { channel, channel_data, user_data } = signed;
  const data = channel_data === undefined ? "" : `:${channel_data}`;
  return text
    .replaceAll("{auth}", () => `${DEMO.key}:${sign(`${socket}:${channel}${data}`)}`)
    .replaceAll("{auth:user}", () => `${DEMO.key}:${sign(`${socket}::user::${user_data}`)}`);
}

export class PusherKind {
  static kind = "pusher";
  static inputOf = pusherInput;

  constructor(run) {
    Object.assign(this, { run, line: new PusherLine(run, PusherKind.kind) });
  }

  perform(input) {
    if (input.way === "opening") return this.#open(input);
    return this.line.send((socket) => input.frames.map((frame) => frame.binary ?? signedText(frame, socket)));
  }

  async #open({ path, headers }) {
    const link = await this.line.open(path, headers);
    if (link.id !== undefined) {
      link.terminate();
      return link.faults;
    }
    if (!link.closed) return [...link.faults, "neither established nor refused"];
    const status = Number(/Unexpected server response: (\d+)/.exec(link.failure?.message)?.[1]);
    if (status) return status >= 500 ? [`refused with status ${status}`] : [];
    const fault = faultOfPusherClose(link.closed, link);
    return [...link.faults, ...(fault ? [fault] : [])];
  }

  close() {
    this.line.close();
  }
}
