// A WebSocket client without a library: it never reads after the upgrade, and keeps its connection open after a close frame.
import { randomBytes } from "node:crypto";
import { connect } from "node:net";

const TEXT = 1;
const CLOSE = 8;
const [MASKED, FINAL] = [0x80, 0x80];
const [UP_TO_SHORT, SHORT, LONG] = [125, 126, 127];

export class RawSocket {
  /** Opens a native socket as a user; resolves once the upgrade is answered. */
  static open(person, path) {
    const protocols = `campana.v1, bearer.${person.token}`;
    return RawSocket.dial(person.world, path, `Sec-WebSocket-Protocol: ${protocols}\r\n`);
  }

  static async dial(world, path, headers = "") {
    const { hostname, port } = new URL(world.url);
    const tcp = connect(Number(port), hostname);
    tcp.on("error", () => {});
    await new Promise((resolve, reject) => tcp.once("connect", resolve).once("error", reject));
    tcp.write(
      `GET ${path} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString("base64")}\r\n${headers}\r\n`,
    );
    const answered = new Promise((resolve) => tcp.once("data", resolve).once("close", resolve));
    await answered;
    tcp.pause();
    return new RawSocket(tcp);
  }

  constructor(tcp) {
    this.tcp = tcp;
  }

  send(frame) {
    this.#write(TEXT, Buffer.from(typeof frame === "string" ? frame : JSON.stringify(frame)));
  }

  /** Sends a close frame and keeps the connection open. */
  sendClose() {
    this.#write(CLOSE, Buffer.from([0x03, 0xe8]));
  }

  #write(opcode, payload) {
    const size = payload.length;
    const head = [FINAL | opcode];
    if (size <= UP_TO_SHORT) head.push(MASKED | size);
    else if (size < 1 << 16) head.push(MASKED | SHORT, size >> 8, size & 0xff);
    else head.push(MASKED | LONG, 0, 0, 0, 0, ...new Uint8Array(new Uint32Array([size]).buffer).reverse());
    const mask = randomBytes(4);
    this.tcp.write(Buffer.concat([Buffer.from(head), mask, payload.map((byte, at) => byte ^ mask[at % 4])]));
  }

  /** Ends the TCP connection. */
  drop() {
    this.tcp.destroy();
  }
}
