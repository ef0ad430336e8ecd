// Commands of an operator that call an edge as an administrator of one app.
import { parseArgs } from "node:util";
import { OPERATOR } from "./app-audit.mjs";
import { AppRefused } from "./app-refused.mjs";
import { Apps } from "./apps.mjs";
import { openLocalRecord, openRemoteRecord } from "./record.mjs";
import { runningEdge, STATE } from "./running.mjs";
import { localSecretsKey, SECRETS_KEY, SealedSecrets, UnusableKey } from "./sealed-secrets.mjs";
import { signToken } from "./token.mjs";

const TOKEN_SECONDS = 60;
const TEXT = { type: "string" };
const FLAG = { type: "boolean", default: false };
const COMMON = { remote: FLAG, edge: TEXT, state: TEXT, help: { ...FLAG, short: "h" } };
/** Lines about the options of every such command, for its usage. */
export const COMMON_USAGE = `  --remote    reads the app from the deployed D1 database through wrangler; needs --edge, and the environment variable
              CAMPANA_SECRETS_KEY
  --edge U    URL of the edge
  --state F   folder of the local engine's data, if it is not the default`;

/**
 * Runs a command about one app, and ends the process with its usage or a refusal.
 * @param {string} usage shown by --help, and if the arguments are not valid
 * @param {import("node:util").ParseArgsConfig["options"]} options besides the common ones
 * @param {(app: {call: (method: string, path: string, body?: object) => Promise<any>}, values: object) => Promise<void>} run
 * @param {(values: object) => boolean} [isComplete] whether no option is missing
 */
export async function runCommand(usage, options, run, isComplete = () => true) {
  const { values, positionals } = readArguments(usage, { ...COMMON, ...options });
  if (values.help) return console.log(usage);
  if (positionals.length !== 1 || !isComplete(values)) fail(usage);
  try {
    const edge = edgeOf(values);
    const app = await readApp(positionals[0], values);
    await run({ call: (method, path, body) => ask(edge, app, method, path, body) }, values);
  } catch (error) {
    if (!(error instanceof AppRefused || error instanceof UnusableKey)) throw error;
    fail(error.message);
  }
}

function readArguments(usage, options) {
  try {
    return parseArgs({ allowPositionals: true, options });
  } catch (error) {
    return fail(`${error.message}\n${usage}`);
  }
}

function fail(message) {
  console.error(message);
  process.exit(1);
}

/** The URL of the edge that the options name: the local one that runs, if they name none. */
function edgeOf({ edge, remote }) {
  const found = edge ?? (remote ? undefined : runningEdge()?.url);
  if (found) return found;
  throw new AppRefused(remote ? "--remote also needs --edge URL" : "no local edge runs: start scripts/dev first");
}

/** An app with its secret, from the local engine's database or the deployed one. */
async function readApp(id, { remote, state = STATE }) {
  const record = remote ? openRemoteRecord() : openLocalRecord(state);
  const key = () => (remote ? (process.env[SECRETS_KEY] ?? "") : localSecretsKey(state));
  try {
    const apps = new Apps(record, { secrets: () => new SealedSecrets(key()), isDeployed: remote });
    return await apps.findWithSecret(id);
  } finally {
    record.close();
  }
}

/** Calls the edge as an administrator of the app; returns the body of a success. */
async function ask(edge, { tenant_id: tenant, secret, settings }, method, path, body) {
  const { issuer, audience } = JSON.parse(settings).auth ?? {};
  const operator = { user: OPERATOR, name: "Operator", roles: ["admin"], expiresIn: TOKEN_SECONDS };
  const headers = { authorization: `Bearer ${signToken({ ...operator, tenant, secret, issuer, audience })}` };
  if (body) headers["content-type"] = "application/json";
  const request = { method, headers, body: body && JSON.stringify(body) };
  const response = await fetch(new URL(path, edge), request).catch((error) => {
    throw new AppRefused(`the edge did not answer: ${error.message}`);
  });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new AppRefused(answer.detail ?? `the edge answered ${response.status}`);
  return answer;
}
