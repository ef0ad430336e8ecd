// An HTTP/1.1 connection that sends exactly the given bytes, also those that no HTTP library would send.
import { connect } from "node:net";

const END_OF_HEAD = "\r\n\r\n";

export class RawHttp {
  #buffer = Buffer.alloc(0);
  #wake = () => {};
  #methods = [];

  static async dial(world) {
    const { hostname, port } = new URL(world.url);
    const tcp = connect(Number(port), hostname);
    const connection = new RawHttp(tcp, `${hostname}:${port}`);
    await new Promise((resolve, reject) => tcp.once("connect", resolve).once("error", reject));
    return connection;
  }

  /** Sends one request on a connection of its own; returns its response, or undefined if the connection just ended. */
  static async exchange(world, lines, body) {
    const connection = await RawHttp.dial(world);
    connection.request(lines, body);
    const response = await connection.response();
    connection.drop();
    return response;
  }

  constructor(tcp, host) {
    Object.assign(this, { tcp, host, hasEnded: false });
    tcp.on("data", (bytes) => {
      this.#buffer = Buffer.concat([this.#buffer, bytes]);
      this.#wake();
    });
    tcp.on("error", () => {});
    tcp.on("close", () => {
      this.hasEnded = true;
      this.#wake();
    });
  }

  /** Sends a request's first line and headers, with a `Host` unless the lines have one, and the body. */
  request(lines, body = "") {
    const [first, ...headers] = lines;
    this.#methods.push(first.split(" ", 1)[0]);
    const host = headers.some((line) => /^host:/i.test(line)) ? [] : [`Host: ${this.host}`];
    const head = [first, ...host, ...headers].join("\r\n") + END_OF_HEAD;
    this.write(Buffer.concat([Buffer.from(head, "latin1"), Buffer.from(body)]));
  }

  write(bytes) {
    this.tcp.write(bytes);
  }

  /** The next response: status, headers by lower-case name, and text; undefined if the connection ends before it. */
  async response() {
    const head = await this.#until((buffer) => {
      const end = buffer.indexOf(END_OF_HEAD);
      return end < 0 ? undefined : end + END_OF_HEAD.length;
    });
    if (head === undefined) return undefined;
    const [first, ...lines] = head.toString("latin1").trimEnd().split("\r\n");
    const headers = new Map(lines.map((line) => [line.split(":", 1)[0].toLowerCase(), line.replace(/^[^:]*:\s*/, "")]));
    const status = Number(first.split(" ")[1]);
    if (status < 200) return { status, headers, text: "" };
    if (this.#methods.shift() === "HEAD" || status === 304) return { status, headers, text: "" };
    return { status, headers, text: await this.#body(headers) };
  }

  async #body(headers) {
    if (headers.get("transfer-encoding") === "chunked") {
      const END = "0\r\n\r\n";
      const bytes = await this.#until((buffer) =>
        buffer.indexOf(END) < 0 ? undefined : buffer.indexOf(END) + END.length,
      );
      return (bytes ?? this.#take(this.#buffer.length)).toString();
    }
    const size = Number(headers.get("content-length") ?? 0);
    return ((await this.#until((buffer) => (buffer.length < size ? undefined : size))) ?? "").toString();
  }

  /** The bytes up to the end that `find` returns; undefined if the connection ends before there is one. */
  async #until(find) {
    for (;;) {
      const end = find(this.#buffer);
      if (end !== undefined) return this.#take(end);
      if (this.hasEnded) return undefined;
      await new Promise((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #take(size) {
    const bytes = this.#buffer.subarray(0, size);
    this.#buffer = this.#buffer.subarray(size);
    return bytes;
  }

  /** Resolves once the server has ended the connection. */
  async ended() {
    while (!this.hasEnded) {
      await new Promise((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  drop() {
    this.tcp.destroy();
  }
}
