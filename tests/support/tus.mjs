// Uploads by `tus-js-client` that are interrupted at random bytes.
import { createHash } from "node:crypto";
import { connect, createServer } from "node:net";
import { Upload } from "tus-js-client";

export const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

/**
 * A TCP proxy that breaks each connection off after so many bytes from the client.
 * @param {string} url of the edge
 * @param {() => number} nextCut bytes until the next cut; `Infinity` for none
 */
export async function startCutter(url, nextCut) {
  const { hostname, port } = new URL(url);
  const cutter = { cuts: 0 };
  const sockets = new Set();
  const server = createServer((client) => {
    const edge = connect(port, hostname);
    let left = nextCut();
    const end = () => {
      client.destroy();
      edge.destroy();
    };
    for (const socket of [client, edge]) {
      sockets.add(socket);
      socket.on("error", end);
      socket.on("close", () => {
        sockets.delete(socket);
        end();
      });
    }
    edge.pipe(client);
    client.on("data", (bytes) => {
      if (bytes.length < left) {
        left -= bytes.length;
        if (!edge.write(bytes)) {
          client.pause();
          edge.once("drain", () => client.resume());
        }
        return;
      }
      cutter.cuts += 1;
      // What came before the cut is sent.
      client.pause();
      edge.write(bytes.subarray(0, left), end);
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  cutter.url = `http://127.0.0.1:${server.address().port}`;
  cutter.stop = () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return cutter;
}

/**
 * Uploads bytes with `tus-js-client`, which resumes by itself.
 * @returns {Promise<{upload: Upload, fileId: string}>}
 */
export function uploadByTus(url, person, bytes, options = {}) {
  return new Promise((resolve, reject) => {
    const upload = new Upload(Buffer.from(bytes), {
      endpoint: `${url}/api/chat/uploads`,
      headers: { authorization: `Bearer ${person.token}` },
      metadata: { filename: "año.bin", filetype: "image/png" },
      retryDelays: new Array(50).fill(20),
      onShouldRetry: () => true,
      onError: reject,
      onSuccess: ({ lastResponse }) => resolve({ upload, fileId: lastResponse.getHeader("Campana-File") }),
      ...options,
    });
    upload.start();
  });
}

/** Pseudo-random numbers below 1, the same for the same seed (mulberry32). */
export function randomOf(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
