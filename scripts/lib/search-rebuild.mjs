// scripts/search-rebuild: drops an app's index for search and has it read from the record again, through the edge's API. The edge does the
// work; this shows how far it is, and can be run again with --continue.
import { setTimeout as wait } from "node:timers/promises";
import { COMMON_USAGE, runCommand } from "./operator-edge.mjs";

const USAGE = `usage: scripts/search-rebuild ID [--continue]     ID: the app's, as scripts/app list shows it
  --continue  shows how far the index is, without dropping it, and continues a rebuild that was cut off
${COMMON_USAGE}`;
const POLL_MS = 1_000;

await runCommand(USAGE, { continue: { type: "boolean", default: false } }, rebuild);

async function rebuild(app, values) {
  const stateOf = (isRebuild) =>
    isRebuild ? app.call("POST", "/api/admin/search/rebuild") : app.call("GET", "/api/admin/search");
  let state = await stateOf(!values.continue);
  while (true) {
    const listing = state.is_listing ? ", more are being listed" : "";
    console.log(`${state.messages} messages; ${state.waiting} conversations wait${listing}`);
    if (state.waiting === 0 && !state.is_listing) return console.log("the index is complete");
    await wait(POLL_MS);
    state = await stateOf(false);
  }
}
