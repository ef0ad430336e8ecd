// scripts/search-rebuild: drops an app's index for search and has it read from the record again, through the edge's API. The edge does the
// work; this shows how far it is, and can be run again with --continue.
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import { AppRefused } from "./app-refused.mjs";
import { ask, edgeOf, readApp } from "./operator-edge.mjs";
import { UnusableKey } from "./sealed-secrets.mjs";

const USAGE = `usage: scripts/search-rebuild ID [--continue]     ID: the app's, as scripts/app list shows it
  --continue  shows how far the index is, without dropping it, and continues a rebuild that was cut off
  --remote    reads the app from the deployed D1 database through wrangler; needs --edge, and the environment variable
              CAMPANA_SECRETS_KEY
  --edge U    URL of the edge
  --state F   folder of the local engine's data, if it is not the default`;
const POLL_MS = 1_000;

const { values, positionals } = readArguments();
if (values.help) {
  console.log(USAGE);
} else {
  await run().catch((error) => {
    if (!(error instanceof AppRefused || error instanceof UnusableKey)) throw error;
    fail(error.message);
  });
}

async function run() {
  if (positionals.length !== 1) fail(USAGE);
  const edge = edgeOf(values);
  const app = await readApp(positionals[0], values);
  const stateOf = (isRebuild) =>
    isRebuild ? ask(edge, app, "POST", "/api/admin/search/rebuild") : ask(edge, app, "GET", "/api/admin/search");
  let state = await stateOf(!values.continue);
  while (true) {
    const listing = state.is_listing ? ", more are being listed" : "";
    console.log(`${state.messages} messages; ${state.waiting} conversations wait${listing}`);
    if (state.waiting === 0 && !state.is_listing) return console.log("the index is complete");
    await wait(POLL_MS);
    state = await stateOf(false);
  }
}

function readArguments() {
  const text = { type: "string" };
  const flag = { type: "boolean", default: false };
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        continue: flag,
        remote: flag,
        edge: text,
        state: text,
        help: { ...flag, short: "h" },
      },
    });
  } catch (error) {
    return fail(`${error.message}\n${USAGE}`);
  }
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
