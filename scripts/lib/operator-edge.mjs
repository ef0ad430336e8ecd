// Calls of an operator's script to an edge, as an administrator of one app.
import { OPERATOR } from "./app-audit.mjs";
import { AppRefused } from "./app-refused.mjs";
import { Apps } from "./apps.mjs";
import { openLocalRecord, openRemoteRecord } from "./record.mjs";
import { runningEdge, STATE } from "./running.mjs";
import { localSecretsKey, SECRETS_KEY, SealedSecrets } from "./sealed-secrets.mjs";
import { signToken } from "./token.mjs";

const TOKEN_SECONDS = 60;

/** The URL of the edge that the options name: the local one that runs, if they name none. */
export function edgeOf({ edge, remote }) {
  const found = edge ?? (remote ? undefined : runningEdge()?.url);
  if (found) return found;
  throw new AppRefused(remote ? "--remote also needs --edge URL" : "no local edge runs: start scripts/dev first");
}

/** An app with its secret, from the local engine's database or the deployed one. */
export async function readApp(id, { remote, state = STATE }) {
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
export async function ask(edge, { tenant_id: tenant, secret, settings }, method, path, body) {
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
