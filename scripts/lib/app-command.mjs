// scripts/app: creates and changes apps. The app's row is written directly to the record, of the local edge (running or not) or of
// the deployed one, together with an audit entry. Settings go through the edge's API, which validates and audits them.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { OPERATOR } from "./app-audit.mjs";
import { describe, environment } from "./app-output.mjs";
import { AppRefused } from "./app-refused.mjs";
import { Apps } from "./apps.mjs";
import { openLocalRecord, openRemoteRecord } from "./record.mjs";
import { runningEdge, STATE } from "./running.mjs";
import { localSecretsKey, newSecretsKey, SECRETS_KEY, SealedSecrets, UnusableKey } from "./sealed-secrets.mjs";
import { signToken } from "./token.mjs";

const USAGE = `usage: scripts/app create --tenant T [--id N] [--origin URL]...   creates an app, and prints its secret
       scripts/app create --id N --key K --secret [--tenant T]
                                                      takes over an app of another server of the Pusher protocol; its secret
                                                      is read from standard input
       scripts/app list
       scripts/app show ID [--secret]
       scripts/app rotate ID [--keep-old HOURS]       a new secret; the old one stays valid for 24 or HOURS hours
       scripts/app end-rotation ID                    the old secret becomes invalid immediately
       scripts/app encrypt                            encrypts secrets that are not, or are with an older key
       scripts/app secrets-key                        prints a new key for CAMPANA_SECRETS_KEY
       scripts/app enable ID
       scripts/app disable ID
       scripts/app origins ID URL...                  origins of pages that may call; * for all, --none for none
       scripts/app webhook ID --url U --event E...    --event '*' for all events; only of channels whose names have
                     [--prefix P] [--suffix S]        this beginning or end; headers to add, at most 10
                     [--header 'NAME: VALUE']...
       scripts/app webhook ID --remove U
       scripts/app jwks ID --url U [--unchecked]      address of the keys that verify RS256 and ES256 tokens
       scripts/app jwks ID --file F                   the keys themselves
       scripts/app jwks ID --none
       scripts/app set ID NAME=VALUE...               pusher.event_names=laravel limits.sends_per_second=20
                                                      alerts.language=es; a policy (alerts.escalation) or a
                                                      list (web.languages) as JSON;
                                                      null resets a setting to its default
  --remote   uses the deployed D1 database through wrangler; set then also needs --edge, and what reads or writes
             secrets needs the environment variable CAMPANA_SECRETS_KEY
  --edge U   URL of the edge: for set, for the printed environment variables, and to close connections at once after
             disable, rotate and end-rotation
  --state F  folder of the local engine's data, if it is not the default`;
const KEEP_OLD_HOURS = 24;
const TOKEN_SECONDS = 60;

const COMMANDS = {
  async create(apps, _words, { tenant, id, key, secret, origin = [], ...given }) {
    if ((key !== undefined) !== secret) throw new AppRefused("--key and --secret belong together");
    if (secret && id === undefined) throw new AppRefused("--id is missing");
    const owner = tenant ?? (secret ? id : undefined);
    if (!owner) throw new AppRefused("--tenant is missing");
    const credentials = secret ? { key, secret: readSecret() } : undefined;
    const app = await apps.create({ tenant: owner, id, origins: origin, credentials });
    console.log(describe(app));
    console.log(environment(app, edgeOf(given)));
  },

  async list(apps) {
    for (const app of await apps.all()) console.log(describe(app, { brief: true }));
  },

  async show(apps, [id], { secret, ...given }) {
    const app = await (secret ? apps.findWithSecret(id) : apps.find(id));
    console.log(describe(app));
    if (secret) console.log(environment(app, edgeOf(given)));
  },

  async rotate(apps, [id], { "keep-old": hours = String(KEEP_OLD_HOURS), ...given }) {
    const app = await apps.rotate(id, Number(hours));
    console.log(describe(app));
    await refresh(app, given);
    console.log(environment(app, edgeOf(given)));
  },

  async "end-rotation"(apps, [id], given) {
    const app = await apps.endRotation(id);
    console.log(describe(app));
    await refresh(app, given);
  },

  async encrypt(apps) {
    const { encrypted, changed } = await apps.encryptSecrets();
    console.log(`encrypted the secrets of ${encrypted.length} apps${encrypted.map((id) => ` ${id}`).join("")}`);
    if (changed.length > 0)
      throw new AppRefused(`others changed ${changed.join(" ")} meanwhile: run the command again`);
  },

  enable: async (apps, [id]) => console.log(describe(await apps.setDisabled(id, false))),

  async disable(apps, [id], given) {
    const app = await apps.setDisabled(id, true);
    console.log(describe(app));
    await refresh(app, given);
  },

  async origins(apps, [id, ...origins], { none }) {
    if (none ? origins.length > 0 : origins.length === 0) throw new AppRefused("name the origins, or pass --none");
    console.log(describe(await apps.setOrigins(id, origins)));
  },

  async jwks(apps, [id], { url, file, none, unchecked }) {
    const chosen = [url !== undefined, file !== undefined, none].filter(Boolean).length;
    if (chosen !== 1) throw new AppRefused("pass one of --url, --file and --none");
    console.log(describe(await apps.setJwks(id, { url, file, isUnchecked: unchecked })));
  },

  async webhook(apps, [id], { url, event = [], remove, prefix, suffix, header }) {
    if ((url === undefined) === (remove === undefined))
      throw new AppRefused("pass either --url and --event, or --remove");
    const changed =
      remove === undefined
        ? apps.addWebhook(id, url, event, { prefix, suffix, headers: header })
        : apps.removeWebhook(id, remove);
    console.log(describe(await changed));
  },

  async set(apps, [id, ...assignments], given) {
    const app = await apps.findWithSecret(id);
    const settings = await change(app, parseAssignments(assignments), given);
    for (const assignment of assignments) {
      const [section, name] = assignment.split("=")[0].split(".");
      console.log(`${section}.${name} = ${JSON.stringify(settings[section][name])}`);
    }
  },
};
/** Number of arguments of each command: least, most. */
const ARGUMENT_COUNTS = {
  create: [0, 0],
  list: [0, 0],
  show: [1, 1],
  rotate: [1, 1],
  "end-rotation": [1, 1],
  encrypt: [0, 0],
  enable: [1, 1],
  disable: [1, 1],
  origins: [1, 101],
  jwks: [1, 1],
  webhook: [1, 1],
  set: [2, 101],
};

const { values, positionals } = readArguments();
const [name, ...words] = positionals;
if (values.help) {
  console.log(USAGE);
} else if (name === "secrets-key") {
  console.log(newSecretsKey());
} else {
  await run().catch((error) => {
    if (!(error instanceof AppRefused || error instanceof UnusableKey)) throw error;
    fail(error.message);
  });
}

async function run() {
  const [least, most] = ARGUMENT_COUNTS[name] ?? fail(`unknown command\n${USAGE}`);
  if (words.length < least || words.length > most) fail(USAGE);
  const record = values.remote ? openRemoteRecord() : openLocalRecord(values.state ?? STATE);
  try {
    const apps = new Apps(record, { secrets: () => openSecrets(values), isDeployed: values.remote });
    await COMMANDS[name](apps, words, values);
  } finally {
    record.close();
  }
}

/** Keys of the deployed edge from the environment, or those of the local engine. */
function openSecrets({ remote, state }) {
  return new SealedSecrets(remote ? (process.env[SECRETS_KEY] ?? "") : localSecretsKey(state ?? STATE));
}

/** A secret from standard input, where neither other users nor the shell's history see it. */
function readSecret() {
  return readFileSync(0, "utf8").replace(/\r?\n$/, "");
}

/** Assignments such as `limits.body_chars=5`, as the API's JSON body. */
function parseAssignments(assignments) {
  const patch = {};
  for (const assignment of assignments) {
    const [, section, name, value] = /^([a-z_]+)\.([a-z_]+)=(.*)$/.exec(assignment) ?? [];
    if (section === undefined) throw new AppRefused("a setting is given as SECTION.NAME=VALUE");
    patch[section] ??= {};
    patch[section][name] = parseValue(value);
  }
  return patch;
}

function parseValue(text) {
  if (/^(null|true|false|-?\d+)$/.test(text)) return JSON.parse(text);
  if (!/^[{[]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    throw new AppRefused("a value that begins with { or [ has to be JSON");
  }
}

async function change(app, patch, given) {
  const { url } = edgeOf(given);
  if (!url)
    throw new AppRefused(
      given.remote ? "--remote also needs --edge URL" : "no local edge runs: start scripts/dev first",
    );
  const { tenant_id: tenant, secret } = app;
  const { issuer, audience } = JSON.parse(app.settings).auth ?? {};
  const operator = { user: OPERATOR, name: "Operator", roles: ["admin"], expiresIn: TOKEN_SECONDS };
  const token = signToken({ ...operator, tenant, secret, issuer, audience });
  const response = await fetch(new URL("/api/admin/settings", url), {
    method: "PATCH",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify(patch),
  }).catch((error) => {
    throw new AppRefused(`the edge did not answer: ${error.message}`);
  });
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  if (response.status === 401)
    throw new AppRefused("the edge does not accept this secret; it reads a new one within 10 s");
  const details = answer.errors?.map(({ field, detail }) => `${field}: ${detail}`) ?? [];
  throw new AppRefused(
    (details.length > 0 ? details : [answer.detail ?? `the edge answered ${response.status}`]).join("\n"),
  );
}

/** Has the edge read the app at once, so that connections close within seconds. Without it, a schedule closes them. */
async function refresh(app, given) {
  const { url } = edgeOf(given);
  const later = "connections that are no longer valid close within 5 minutes, or with the app's next request";
  if (!url) return given.remote ? console.error(`no --edge: ${later}`) : undefined;
  const path = `/app/${encodeURIComponent(app.key)}/refresh`;
  const answer = await fetch(new URL(path, url), { method: "POST" }).catch((error) => ({ status: error.message }));
  if (!answer.ok) console.error(`the edge did not read the app (${answer.status}): ${later}`);
}

/** Address of the app's edge; `url` is undefined if it is unknown. */
function edgeOf({ edge, remote }) {
  return { url: edge ?? (remote ? undefined : runningEdge()?.url), remote };
}

function readArguments() {
  const text = { type: "string" };
  const flag = { type: "boolean", default: false };
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        tenant: text,
        id: text,
        origin: { ...text, multiple: true },
        key: text,
        secret: flag,
        "keep-old": text,
        none: flag,
        url: text,
        event: { ...text, multiple: true },
        prefix: text,
        suffix: text,
        header: { ...text, multiple: true },
        remove: text,
        file: text,
        unchecked: flag,
        remote: flag,
        edge: text,
        state: text,
        help: flag,
      },
    });
  } catch (error) {
    return fail(`${error.message}\n${USAGE}`);
  }
}

function fail(reason) {
  console.error(reason);
  process.exit(1);
}
