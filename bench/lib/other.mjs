// Another server of the Pusher protocol under the same load.
import { measure } from "../scenarios/pusher.mjs";
import { measureIdle } from "../scenarios/pusher-idle.mjs";
import { channelName } from "./systems.mjs";

/**
 * Measures a server that runs already: idle sockets, throughput, latency.
 * @param {{pusher: string, key: string, secret: string, "app-id": string, pid?: string}} server
 */
export async function measureOther(server, { binary, runs, quick, progress }) {
  const { hostname, port } = new URL(server.pusher);
  const host = `${hostname}:${port || 80}`;
  // Channel names that no earlier run has used.
  const place = Date.now().toString(36);
  const system = {
    name: host,
    pid: server.pid && Number(server.pid),
    channel: (name) => [
      ...["--authority", host, "--key", server.key, "--secret", server.secret, "--app-id", server["app-id"]],
      ...["--channel", `${channelName(name)}-${place}`],
      ...(server.pid ? ["--engine-pid", server.pid] : []),
    ],
    stop: async () => {},
  };
  // The first measurement, because a process does not return memory.
  const idle = await measureIdle(async () => [system], { binary, runs: 1, quick, progress });
  const published = await measure([system], { binary, runs, quick, progress });
  return [...idle, ...published];
}
