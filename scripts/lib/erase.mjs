// scripts/erase: erases a user of an app through the edge's API, and waits until that has ended. The edge does the work; this shows how far
// it is, and can be run again.
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import { AppRefused } from "./app-refused.mjs";
import { ask, edgeOf, readApp } from "./operator-edge.mjs";
import { UnusableKey } from "./sealed-secrets.mjs";

const USAGE = `usage: scripts/erase ID --user USER     ID: the app's, as scripts/app list shows it; USER: as in tokens' sub
  --reason R  for the audit log
  --no-wait   ends when the erasure is requested; a schedule of the edge goes on with it
  --remote    reads the app from the deployed D1 database through wrangler; needs --edge, and the environment variable
              CAMPANA_SECRETS_KEY
  --edge U    URL of the edge
  --state F   folder of the local engine's data, if it is not the default`;
const POLL_MS = 5_000;

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
  const [id, ...others] = positionals;
  if (!id || others.length > 0 || !values.user) fail(USAGE);
  const edge = edgeOf(values);
  const app = await readApp(id, values);
  const path = `/api/admin/users/${encodeURIComponent(values.user)}`;
  let said;
  while (true) {
    const state = await ask(edge, app, "DELETE", path, { reason: values.reason });
    const waits = state.waits_for_alert ? "; waits for a panic alert to end" : "";
    const words = `${state.messages} messages and ${state.files} files are erased${waits}`;
    if (words !== said) console.log(words);
    said = words;
    if (state.status === "ended") return console.log("the user is erased");
    if (values["no-wait"]) return;
    await wait(POLL_MS);
  }
}

function readArguments() {
  const text = { type: "string" };
  const flag = { type: "boolean", default: false };
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        user: text,
        reason: { ...text, default: "" },
        "no-wait": flag,
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
