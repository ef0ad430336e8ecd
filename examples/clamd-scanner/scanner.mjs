// A scanner of files for Campana that asks clamd. Node 20 or later, no dependencies.
//
//   CAMPANA_URL=https://chat.example CAMPANA_SCANNER_KEY=whsec_... node scanner.mjs
//
// Campana posts a signed request for each file. The scanner reads the bytes from the address in the request, streams them to clamd,
// and answers with the verdict. README.md in this folder lists the settings.
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
import { pathToFileURL } from "node:url";
import { scanStream } from "./clamd.mjs";

const MAX_REQUEST_BYTES = 64 * 1_024;
/** Largest difference between the clocks, seconds. */
const MAX_SKEW_S = 300;
/** Campana waits 25 seconds for an answer. */
const TIMEOUT_MS = 24_000;

/**
 * A server that answers the requests of one app.
 * @param {{campana: string, key: string, clamd: {path: string} | {host: string, port: number}, atOnce?: number,
 *   log?: (line: object) => void}} options
 *   address of Campana; key of the scanner, `whsec_...`; address of clamd; scans at the same time; log
 */
export function scanner({ campana, key, clamd, atOnce = 8, log = () => {} }) {
  let running = 0;
  return createServer(async (request, response) => {
    const answer = (status, body) => {
      response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
      response.end(JSON.stringify(body));
    };
    try {
      const body = request.method === "POST" ? await bodyOf(request) : undefined;
      if (body === undefined) return answer(400, { error: "no request of Campana" });
      if (!isGenuine(request.headers, body, key)) return answer(401, { error: "the signature is wrong" });
      if (running >= atOnce) return answer(503, { error: "busy" });
      running += 1;
      try {
        const { file, url } = JSON.parse(body).data;
        const result = await scan({ campana, clamd, file, url });
        log({ file: file.id, ...result });
        answer(200, result);
      } finally {
        running -= 1;
      }
    } catch (error) {
      // Campana asks again later; the file stays unreadable until then.
      log({ error: String(error?.message ?? error) });
      answer(502, { error: "the file could not be scanned" });
    }
  });
}

/** Reads a file from Campana, and has clamd scan it on the way. */
async function scan({ campana, clamd, file, url }) {
  const address = new URL(url, campana);
  if (address.origin !== new URL(campana).origin) throw new Error("the address is not of Campana");
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const response = await fetch(address, { signal, redirect: "error" });
  if (!response.ok || response.body === null) throw new Error(`Campana answered ${response.status}`);
  const hash = createHash("sha256");
  let size = 0;
  async function* hashed() {
    for await (const chunk of response.body) {
      hash.update(chunk);
      size += chunk.length;
      yield chunk;
    }
  }
  const result = await scanStream(clamd, hashed(), signal);
  // A verdict is about all bytes of this file, or about nothing.
  if (result.verdict === "clean" && (size !== file.size || hash.digest("hex") !== file.sha256))
    throw new Error("the bytes are not those of the file");
  return result;
}

/** Whether the key signed a request of the last minutes, as Standard Webhooks define it. */
export function isGenuine(headers, body, key, now = Date.now()) {
  const { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures } = headers;
  if (!id || !signatures || !(Math.abs(now / 1_000 - Number(timestamp)) <= MAX_SKEW_S)) return false;
  const secret = Buffer.from(key.replace(/^whsec_/, ""), "base64");
  const expected = createHmac("sha256", secret).update(`${id}.${timestamp}.${body}`).digest();
  return signatures.split(" ").some((signature) => {
    const [version, text = ""] = signature.split(",");
    const given = Buffer.from(text, "base64");
    return version === "v1" && given.length === expected.length && timingSafeEqual(given, expected);
  });
}

/** The key of an app's scanner, which derives from the app's secret. */
export function keyOf(secret) {
  return `whsec_${createHmac("sha256", secret).update("campana file scanner").digest("base64")}`;
}

async function bodyOf(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MAX_REQUEST_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** `host:port`, or the path of a Unix socket. */
function addressOf(text) {
  if (text.startsWith("/")) return { path: text };
  const [host, port] = text.split(":");
  return { host, port: Number(port) };
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const {
    CAMPANA_URL,
    CAMPANA_SCANNER_KEY,
    CLAMD = "/run/clamav/clamd.ctl",
    HOST = "0.0.0.0",
    PORT = "8790",
  } = process.env;
  if (!CAMPANA_URL || !CAMPANA_SCANNER_KEY) throw new Error("CAMPANA_URL and CAMPANA_SCANNER_KEY are needed");
  const log = (line) => console.log(JSON.stringify(line));
  const server = scanner({ campana: CAMPANA_URL, key: CAMPANA_SCANNER_KEY, clamd: addressOf(CLAMD), log });
  server.listen(Number(PORT), HOST, () => log({ listening: `${HOST}:${PORT}` }));
}
