// The command INSTREAM of clamd, ClamAV's daemon: scans bytes that are sent to it.
import { once } from "node:events";
import { connect } from "node:net";

const MAX_REPLY_BYTES = 4_096;

/**
 * Scans a stream. Memory does not grow with it: a chunk is sent when clamd has taken the one before.
 * @param {{path: string} | {host: string, port: number}} address of clamd: a Unix socket, or TCP
 * @param {AsyncIterable<Uint8Array>} chunks
 * @param {AbortSignal} signal ends the connection
 * @returns {Promise<{verdict: "clean"} | {verdict: "infected" | "refused", reason: string}>}
 * @throws if clamd does not answer, or answers with an error
 */
export async function scanStream(address, chunks, signal) {
  const socket = connect({ ...address, signal });
  const reply = replyOf(socket);
  // Awaited below; until then a failure of clamd must not end the process.
  reply.catch(() => {});
  try {
    await once(socket, "connect", { signal });
    await send(socket, "zINSTREAM\0", signal);
    for await (const chunk of chunks) {
      // clamd replies early if it takes no more.
      if (!socket.writable || socket.bytesRead > 0) break;
      await sendChunk(socket, chunk, signal);
    }
    if (socket.writable) await send(socket, Buffer.alloc(4), signal);
    return verdictOf(await reply);
  } finally {
    socket.destroy();
  }
}

async function sendChunk(socket, chunk, signal) {
  // A length of 0 would end the stream.
  if (chunk.length === 0) return;
  const length = Buffer.alloc(4);
  length.writeUInt32BE(chunk.length);
  socket.write(length);
  await send(socket, chunk, signal);
}

/** Writes bytes, and waits while clamd is slower. If it closes the connection, its reply says why. */
async function send(socket, bytes, signal) {
  if (socket.write(bytes)) return;
  const ended = new AbortController();
  const both = AbortSignal.any([signal, ended.signal]);
  const gone = () => ended.abort();
  socket.once("close", gone);
  try {
    await once(socket, "drain", { signal: both });
  } catch (error) {
    if (signal.aborted) throw error;
  } finally {
    socket.off("close", gone);
  }
}

/** The reply, up to its end, which is a zero byte. What arrived counts, also if the connection breaks off after it. */
function replyOf(socket) {
  return new Promise((resolve, reject) => {
    let reply = "";
    socket.on("data", (bytes) => {
      reply += bytes.toString("utf8");
      if (reply.includes("\0")) resolve(reply.slice(0, reply.indexOf("\0")));
      else if (reply.length > MAX_REPLY_BYTES) socket.destroy();
    });
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("clamd closed the connection without a reply")));
  });
}

function verdictOf(reply) {
  if (reply === "stream: OK") return { verdict: "clean" };
  const found = reply.match(/^stream: (.+) FOUND$/);
  if (found) return { verdict: "infected", reason: found[1] };
  // Another attempt would end the same way.
  if (reply.startsWith("INSTREAM size limit exceeded"))
    return { verdict: "refused", reason: "larger than the scanner's limit" };
  throw new Error(`clamd answered: ${reply.slice(0, 100)}`);
}
