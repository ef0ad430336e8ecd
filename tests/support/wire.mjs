// A bare socket of the Pusher protocol: records every frame and sends nothing by itself.
import { SocketFrames } from "./frames.mjs";

export const VERSION = "protocol=7&client=js&version=8.6.0&flash=false";

export class Wire extends SocketFrames {
  /** Received frames as text. */
  texts = [];

  read(text) {
    this.texts.push(text);
    return super.read(text);
  }

  /** Resolves with this socket once the handshake is complete; `id` is the socket's id. */
  async established() {
    const frame = await this.event("pusher:connection_established");
    this.handshake = dataOf(frame);
    this.id = this.handshake.socket_id;
    return this;
  }

  /** Sends a subscribe frame without waiting for the answer. */
  sendSubscribe(channel, signed = {}) {
    this.send({ event: "pusher:subscribe", data: { channel, ...signed } });
  }

  /** Subscribes; returns the answer's data. */
  async subscribe(channel, signed) {
    this.sendSubscribe(channel, signed);
    const answer = await this.answer(channel);
    if (answer.event !== "pusher_internal:subscription_succeeded") {
      throw new Error(`${channel}: ${JSON.stringify(answer)}`);
    }
    return dataOf(answer);
  }

  /** The next answer about a subscription: its success, its refusal, or its end. */
  answer(channel) {
    const names = ["pusher_internal:subscription_succeeded", "pusher:subscription_error"];
    return this.pick((frame) => names.includes(frame.event) && frame.channel === channel, `answer about ${channel}`);
  }

  /** The data of a subscription's refusal or end. */
  async refusal(channel) {
    const answer = await this.answer(channel);
    if (answer.event !== "pusher:subscription_error") throw new Error(`the subscription to ${channel} succeeded`);
    return dataOf(answer);
  }

  /** The next error that belongs to no channel. */
  async fault() {
    return (await this.pick(({ event }) => event === "pusher:error", "error")).data;
  }

  /** The next event with this name on a channel; returns its data. */
  async received(channel, event) {
    const fits = (frame) => frame.event === event && frame.channel === channel;
    return dataOf(await this.pick(fits, `${event} on ${channel}`));
  }

  /** Resolves once every frame sent before has been answered. */
  async settled() {
    this.send({ event: "pusher:ping", data: { at: "the end" } });
    await this.pick(({ event }) => event === "pusher:pong", "pong");
  }
}

/** The data of a frame, parsed if it is a JSON string. */
export function dataOf({ data }) {
  return typeof data === "string" ? JSON.parse(data) : data;
}
