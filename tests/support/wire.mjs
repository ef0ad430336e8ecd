// A socket of the Pusher protocol as it is on the wire: every frame as it came, nothing done by itself.
import { SocketFrames } from "./frames.mjs";

export const VERSION = "protocol=7&client=js&version=8.6.0&flash=false";

export class Wire extends SocketFrames {
  /** Frames as they came. */
  texts = [];

  read(text) {
    this.texts.push(text);
    return super.read(text);
  }

  /** The socket's id, once the handshake is over. */
  async established() {
    const frame = await this.event("pusher:connection_established");
    this.handshake = dataOf(frame);
    this.id = this.handshake.socket_id;
    return this;
  }

  /** Asks for a subscription and waits for nothing. */
  ask(channel, signed = {}) {
    this.tell({ event: "pusher:subscribe", data: { channel, ...signed } });
  }

  /** Subscribes; what the answer carries. */
  async subscribe(channel, signed) {
    this.ask(channel, signed);
    const answer = await this.answer(channel);
    if (answer.event !== "pusher_internal:subscription_succeeded") {
      throw new Error(`${channel}: ${JSON.stringify(answer)}`);
    }
    return dataOf(answer);
  }

  /** The answer to a subscription, or its end. */
  answer(channel) {
    const names = ["pusher_internal:subscription_succeeded", "pusher:subscription_error"];
    return this.pick((frame) => names.includes(frame.event) && frame.channel === channel, `answer about ${channel}`);
  }

  /** Why a subscription was refused, or ended. */
  async refusal(channel) {
    const answer = await this.answer(channel);
    if (answer.event !== "pusher:subscription_error") throw new Error(`${channel} was let in`);
    return dataOf(answer);
  }

  /** The next error outside of channels. */
  async fault() {
    return (await this.pick(({ event }) => event === "pusher:error", "error")).data;
  }

  /** The next event of a channel with this name; what it carries. */
  async heard(channel, event) {
    const fits = (frame) => frame.event === event && frame.channel === channel;
    return dataOf(await this.pick(fits, `${event} on ${channel}`));
  }

  /** Resolves once all that was sent before has been answered. */
  async settled() {
    this.tell({ event: "pusher:ping", data: { at: "the end" } });
    await this.pick(({ event }) => event === "pusher:pong", "pong");
  }
}

/** What a frame carries: JSON in a text, mostly. */
export function dataOf({ data }) {
  return typeof data === "string" ? JSON.parse(data) : data;
}
