// scripts/erase: erases a user of an app through the edge's API, and waits until that has ended. The edge does the work; this shows how far
// it is, and can be run again.
import { setTimeout as wait } from "node:timers/promises";
import { COMMON_USAGE, runCommand } from "./operator-edge.mjs";

const USAGE = `usage: scripts/erase ID --user USER     ID: the app's, as scripts/app list shows it; USER: as in tokens' sub
  --reason R  for the audit log
  --no-wait   ends when the erasure is requested; a schedule of the edge goes on with it
${COMMON_USAGE}`;
const OPTIONS = {
  user: { type: "string" },
  reason: { type: "string", default: "" },
  "no-wait": { type: "boolean", default: false },
};
const POLL_MS = 5_000;

await runCommand(USAGE, OPTIONS, erase, ({ user }) => Boolean(user));

async function erase(app, { user, reason, "no-wait": isRequestOnly }) {
  const path = `/api/admin/users/${encodeURIComponent(user)}`;
  let said;
  while (true) {
    const state = await app.call("DELETE", path, { reason });
    const waits = state.waits_for_alert ? "; waits for a panic alert to end" : "";
    const words = `${state.messages} messages and ${state.files} files are erased${waits}`;
    if (words !== said) console.log(words);
    said = words;
    if (state.status === "ended") return console.log("the user is erased");
    if (isRequestOnly) return;
    await wait(POLL_MS);
  }
}
