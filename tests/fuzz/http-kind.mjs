// Sends HTTP requests byte for byte, and checks the answers.
import { Agent, request } from "node:http";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { faultOfAnswer } from "./answers.mjs";
import { httpInput } from "./http-inputs.mjs";

const PATIENCE_MS = 60_000;
const MAX_KEPT_BYTES = 4 * 1024 * 1024;
const CONNECTIONS = 8;

/** Sends requests over a few connections. */
export class Requests {
  constructor(url) {
    const { hostname, port } = new URL(url);
    this.address = { hostname, port };
    this.agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  }

  /** Resolves with the answer or `{failure}`. For an endless stream it is the beginning; an upgrade has status 101. */
  async send(input) {
    const answer = await this.#send(input, this.agent);
    // The server may close an idle connection while a request is on its way, so such a request is repeated.
    return answer.wasIdle ? this.#send(input, false) : answer;
  }

  #send({ method, path, headers, body }, agent) {
    return new Promise((resolve) => {
      // Node sets the length of a body only for methods that usually have one.
      const length = body === undefined ? {} : { "content-length": body.length };
      const sending = { method, path, headers: { ...headers, ...length } };
      const options = { ...this.address, agent, timeout: PATIENCE_MS, ...sending };
      const sent = request(options, (response) => {
        const { statusCode: status, headers } = response;
        const chunks = [];
        let size = 0;
        const done = () => resolve({ status, headers, body: plain(headers, Buffer.concat(chunks)) });
        response.on("data", (chunk) => {
          if (size < MAX_KEPT_BYTES) chunks.push(chunk);
          size += chunk.length;
          if (!headers["content-type"]?.startsWith("text/event-stream")) return;
          done();
          response.destroy();
        });
        response.on("end", done);
        response.on("error", (error) => resolve({ failure: `the answer broke off: ${error.code ?? error.message}` }));
      });
      sent.on("upgrade", (response, socket) => {
        socket.destroy();
        resolve({ status: 101, headers: response.headers, body: Buffer.alloc(0) });
      });
      sent.on("timeout", () => sent.destroy(new Error(`no answer within ${PATIENCE_MS} ms`)));
      sent.on("error", (error) => {
        const wasIdle = sent.reusedSocket && error.code === "ECONNRESET";
        resolve({ failure: error.code ?? error.message, wasIdle });
      });
      sent.end(body);
    });
  }

  /** Sends the beginning of a request and closes the connection without an answer. */
  breakOff({ method, path, headers, body, cut }) {
    return new Promise((resolve) => {
      const length = { "content-length": body.length };
      const sent = request({ ...this.address, method, path, headers: { ...headers, ...length } });
      sent.on("error", resolve);
      sent.on("close", resolve);
      sent.on("response", (response) => response.resume());
      sent.flushHeaders();
      sent.write(body.subarray(0, cut), () => sent.destroy());
    });
  }

  close() {
    this.agent.destroy();
  }
}

const PLAIN = { gzip: gunzipSync, br: brotliDecompressSync };

function plain(headers, body) {
  const decode = PLAIN[headers["content-encoding"]];
  return decode && body.length > 0 ? decode(body) : body;
}

export class HttpKind {
  static kind = "http";
  static inputOf = httpInput;

  constructor(run) {
    Object.assign(this, { run, requests: new Requests(run.world.url) });
  }

  async perform(input) {
    if (input.cut !== undefined) {
      await this.requests.breakOff(input);
      return [];
    }
    const answers = await Promise.all(Array.from({ length: input.times ?? 1 }, () => this.requests.send(input)));
    return answers.flatMap((answer) => this.#faults(input, answer));
  }

  #faults(input, answer) {
    if (answer.failure) return [`no answer: ${answer.failure}`];
    this.run.countOutcome(`http ${answer.status}`);
    const fault = faultOfAnswer(input, answer);
    if (fault) return [fault];
    if (answer.status === 201 && input.says) this.run.acknowledged(input, JSON.parse(answer.body.toString("utf8")));
    return [];
  }

  close() {
    this.requests.close();
  }
}
