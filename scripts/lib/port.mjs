// Checks that a port is free before a build starts.
import { createServer } from "node:net";

export class PortTaken extends Error {
  constructor(port) {
    super(`port ${port} is taken: stop the process that listens there, or choose another with --port`);
    this.name = "PortTaken";
  }
}

/** @returns {Promise<boolean>} */
export function isPortFree(port, host = "127.0.0.1") {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error) => {
      if (error.code === "EADDRINUSE" || error.code === "EACCES") resolve(false);
      else reject(error);
    });
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
