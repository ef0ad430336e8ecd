// scripts/search-rebuild: drops an app's index for search and has it read from the record again, through the edge's API. The edge does the
// work; this shows how far it is, and can be run again with --continue.
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import { OPERATOR } from "./app-audit.mjs";
import { AppRefused } from "./app-refused.mjs";
import { Apps } from "./apps.mjs";
import { openLocalRecord, openRemoteRecord } from "./record.mjs";
import { runningEdge, STATE } from "./running.mjs";
import { localSecretsKey, SECRETS_KEY, SealedSecrets, UnusableKey } from "./sealed-secrets.mjs";
import { signToken } from "./token.mjs";

const USAGE = `usage: scripts/search-rebuild ID [--continue]     ID: the app's, as scripts/app list shows it
  --continue  shows how far the index is, without dropping it, and continues a rebuild that was cut off
  --remote    reads the app from the deployed D1 database through wrangler; needs --edge, and the environment variable
              CAMPANA_SECRETS_KEY
  --edge U    URL of the edge
  --state F   folder of the local engine's data, if it is not the default`;
const TOKEN_SECONDS = 60;
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
  const edge = values.edge ?? (values.remote ? undefined : runningEdge()?.url);
  if (!edge)
    throw new AppRefused(
      values.remote ? "--remote also needs --edge URL" : "no local edge runs: start scripts/dev first",
    );
  const app = await readApp(positionals[0]);
  let state = await ask(edge, app, values.continue ? "GET" : "POST");
  while (true) {
    const listing = state.is_listing ? ", more are being listed" : "";
    console.log(`${state.messages} messages; ${state.waiting} conversations wait${listing}`);
    if (state.waiting === 0 && !state.is_listing) return console.log("the index is complete");
    await wait(POLL_MS);
    state = await ask(edge, app, "GET");
  }
}

async function readApp(id) {
  const record = values.remote ? openRemoteRecord() : openLocalRecord(values.state ?? STATE);
  const key = () => (values.remote ? (process.env[SECRETS_KEY] ?? "") : localSecretsKey(values.state ?? STATE));
  try {
    const apps = new Apps(record, { secrets: () => new SealedSecrets(key()), isDeployed: values.remote });
    return await apps.findWithSecret(id);
  } finally {
    record.close();
  }
}

async function ask(edge, app, method) {
  const { tenant_id: tenant, secret } = app;
  const { issuer, audience } = JSON.parse(app.settings).auth ?? {};
  const operator = { user: OPERATOR, name: "Operator", roles: ["admin"], expiresIn: TOKEN_SECONDS };
  const token = signToken({ ...operator, tenant, secret, issuer, audience });
  const path = method === "POST" ? "/api/admin/search/rebuild" : "/api/admin/search";
  const response = await fetch(new URL(path, edge), { method, headers: { authorization: `Bearer ${token}` } }).catch(
    (error) => {
      throw new AppRefused(`the edge did not answer: ${error.message}`);
    },
  );
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new AppRefused(answer.detail ?? `the edge answered ${response.status}`);
  return answer;
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
