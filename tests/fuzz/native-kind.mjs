// Sends frames over native sockets, and checks the answers and the closes.
import { faultOfClose, faultOfFrame, faultOfRefusal } from "./answers.mjs";
import { Link } from "./link.mjs";
import { nativeInput } from "./native-inputs.mjs";

const PATIENCE_MS = 60_000;
/** Open sockets per worker; over the limit the oldest is closed. */
const MAX_SOCKETS = 8;
/** Inputs after which a socket is replaced. */
const INPUTS_OF_A_SOCKET = 200;

const COUNTED = ["welcome", "ack", "error", "reset", "resumed"];

export class NativeKind {
  static kind = "native";
  static inputOf = nativeInput;
  #links = new Map();
  #barriers = 0;

  constructor(run, worker) {
    Object.assign(this, { run, worker });
  }

  perform(input) {
    switch (input.way) {
      case "opening":
        return this.#open(input);
      case "bytes":
        return this.#bytes(input);
      default:
        return this.#frames(input);
    }
  }

  #dial({ path, token, user, protocols = ["campana.v1", `bearer.${token}`] }) {
    const faults = [];
    const onFrame = (frame, link) => {
      const fault = faultOfFrame(frame);
      if (fault) link.faults.push(fault);
      if (frame.type === "error") link.error = frame;
      if (COUNTED.includes(frame.type))
        this.run.countOutcome(`native ${frame.type === "error" ? frame.error : frame.type}`);
      if (frame.type === "ack")
        this.run.acknowledged({ user, tenant: "demo" }, { ...frame, conversation_id: link.conversation });
    };
    // The client library refuses to send an invalid subprotocol.
    const link = new Link(this.run.world.engine.socketUrl + path, protocols, onFrame);
    Object.assign(link, { faults, inputs: 0, conversation: path.match(/[0-9a-f-]{36}/)?.[0] });
    return link;
  }

  /** A changed handshake must be welcomed or refused with a reason. */
  async #open(input) {
    let link;
    try {
      link = this.#dial(input);
    } catch (error) {
      // The client library refuses to send a duplicate subprotocol.
      if (error instanceof SyntaxError) return [];
      throw error;
    }
    const first = await link.next((frame) => frame.type === "welcome" || frame.type === "error", PATIENCE_MS);
    if (first === undefined) return this.#over(link, ["neither welcomed nor refused"]);
    if (first.type === "welcome") {
      const done = input.surface === "own" ? first : await this.#answer(link, input.surface);
      link.terminate();
      return done === undefined ? [...link.faults, "no answer after the welcome"] : this.#ended(link, done);
    }
    const closed = first.closed ?? (await link.ended);
    return [...link.faults, ...this.#refused(link, closed, input)];
  }

  #refused(link, closed, { protocols }) {
    // Without an offer of the subprotocol the refusal is an HTTP status, which the client library reports.
    const status = Number(/Unexpected server response: (\d+)/.exec(link.failure?.message)?.[1]);
    if (status) return status >= 500 ? [`refused with status ${status}`] : [];
    // The client library ends a connection whose answer lacks an offered subprotocol.
    if (closed.code === 1006 && link.failure)
      return protocols?.includes("campana.v1") ? [`ended: ${link.failure.message}`] : [];
    const fault = faultOfRefusal(closed, link.error);
    return fault ? [fault] : [];
  }

  /** Bytes that are no frames: the socket may end in any way. */
  async #bytes(input) {
    const link = this.#dial(input);
    const welcome = await link.next((frame) => frame.type === "welcome", PATIENCE_MS);
    if (welcome?.type === "welcome") {
      link.write(input.bytes);
      link.socket.ping();
      link.send("ping");
      await Promise.race([link.ended, link.next((frame) => frame.pong, 500)]);
    }
    link.terminate();
    await link.ended;
    return link.faults;
  }

  async #frames(input) {
    const key = `${input.path} ${input.user}`;
    const link = await this.#linked(key, input);
    if (link.closed) {
      this.#links.delete(key);
      return [...link.faults, ...this.#refused(link, link.closed, input)];
    }
    link.faults.length = 0;
    for (const frame of input.frames) link.send(frame);
    const answer = await this.#answer(link, input.surface);
    const faults = answer === undefined ? [...link.faults, "no answer"] : this.#ended(link, answer);
    link.inputs += 1;
    if (link.closed || answer === undefined || link.inputs >= INPUTS_OF_A_SOCKET) {
      this.#links.delete(key);
      link.terminate();
    }
    return faults;
  }

  async #linked(key, input) {
    const known = this.#links.get(key);
    if (known?.isOpen) return known;
    if (this.#links.size >= MAX_SOCKETS) {
      const [oldest, link] = this.#links.entries().next().value;
      this.#links.delete(oldest);
      link.terminate();
    }
    const link = this.#dial(input);
    this.#links.set(key, link);
    await link.next((frame) => frame.type === "welcome", PATIENCE_MS);
    return link;
  }

  /** Resolves when the object has answered every earlier frame. */
  #answer(link, surface) {
    const id = `barrier-${this.worker}-${this.#barriers++}`;
    const [frame, fits] = {
      conversation: [{ type: "send", client_msg_id: id, body: "" }, (answer) => answer.client_msg_id === id],
      own: [{ type: id }, (answer) => answer.type === "error"],
      desk: [
        { type: "resume", epoch: id, seq: 0 },
        (answer) => answer.type === "reset" || answer.error === "rate-limited",
      ],
    }[surface];
    const answered = link.next(fits, PATIENCE_MS);
    link.send(frame);
    return answered;
  }

  #ended(link, answer) {
    if (!answer.closed) return [...link.faults];
    const fault = faultOfClose(answer.closed);
    return [...link.faults, ...(fault ? [fault] : [])];
  }

  #over(link, faults) {
    link.terminate();
    return [...link.faults, ...faults];
  }

  close() {
    for (const link of this.#links.values()) link.terminate();
    this.#links.clear();
  }
}
