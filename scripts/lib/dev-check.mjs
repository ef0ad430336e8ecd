// Checks before the build: valid options, a free port, and no other edge on the same data.
import { readOptions } from "./dev-options.mjs";
import { isPortFree, PortTaken } from "./port.mjs";
import { clearAfterCrash, runningEdge } from "./running.mjs";

const { port } = readOptions();
await clearAfterCrash();
const other = runningEdge();
if (other) refuse(`scripts/dev already runs at ${other.url} (process ${other.pid}): stop it first`);
for (const host of ["127.0.0.1", "::1"]) {
  if (port !== 0 && !(await isPortFree(port, host))) refuse(new PortTaken(port).message);
}

function refuse(reason) {
  console.error(reason);
  process.exit(1);
}
