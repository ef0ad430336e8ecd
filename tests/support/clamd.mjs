// A double of clamd: speaks INSTREAM, and finds the EICAR test file.
import { once } from "node:events";
import { createServer } from "node:net";

/** The EICAR test file, in parts: scanners would find it in this file otherwise. */
export const EICAR = ["X5O!P%@AP[4\\PZX54(P^)7CC)7}$", "EICAR-STANDARD-", "ANTIVIRUS-TEST-FILE!$H+H*"].join("");
const COMMAND = "zINSTREAM\0";

/**
 * @param {{path?: string, maxBytes?: number}} [options] Unix socket instead of TCP; limit of a stream
 * @returns {Promise<{address: object, streams: number[], largest: () => number, close: () => Promise<void>}>}
 *   `streams`: bytes of each stream that ended; `largest`: the most bytes that it had in memory for a connection
 */
export async function startClamd({ path, maxBytes = 25 * 1024 * 1024 } = {}) {
  const streams = [];
  const open = new Set();
  let largest = 0;
  const server = createServer((socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket)).on("error", () => {});
    let [buffer, tail, size, isStreaming, isFound] = [Buffer.alloc(0), "", 0, false, false];
    let isOver = false;
    const reply = (text) => {
      isOver = true;
      socket.end(`${text}\0`);
    };
    socket.on("data", (bytes) => {
      if (isOver) return;
      buffer = Buffer.concat([buffer, bytes]);
      largest = Math.max(largest, buffer.length);
      if (!isStreaming) {
        if (buffer.length < COMMAND.length) return;
        if (buffer.toString("latin1", 0, COMMAND.length) !== COMMAND) return reply("UNKNOWN COMMAND");
        buffer = buffer.subarray(COMMAND.length);
        isStreaming = true;
      }
      while (buffer.length >= 4) {
        const length = buffer.readUInt32BE(0);
        if (length === 0) {
          streams.push(size);
          return reply(isFound ? "stream: Eicar-Test-Signature FOUND" : "stream: OK");
        }
        if (size + length > maxBytes) return reply("INSTREAM size limit exceeded. ERROR");
        if (buffer.length < 4 + length) return;
        const text = tail + buffer.toString("latin1", 4, 4 + length);
        isFound ||= text.includes(EICAR);
        tail = text.slice(-EICAR.length);
        size += length;
        buffer = buffer.subarray(4 + length);
      }
    });
  });
  server.listen(path ?? 0, path === undefined ? "127.0.0.1" : undefined);
  await once(server, "listening");
  const address = path === undefined ? { host: "127.0.0.1", port: server.address().port } : { path };
  return {
    address,
    streams,
    largest: () => largest,
    close: async () => {
      for (const socket of open) socket.destroy();
      if (!server.listening) return;
      server.close();
      await once(server, "close");
    },
  };
}
