// scripts/token: reads the claims from the command line and prints the signed token.
import { parseArgs } from "node:util";
import { DEMO_APP, signToken } from "./token.mjs";

const USAGE = `usage: scripts/token --user 7 --name Ana [--tenant demo] [--avatar URL] [--role admin]...
                     [--permission view_panic_alerts]... [--group supervisors]... [--expires-in SECONDS]`;

function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        user: { type: "string" },
        name: { type: "string" },
        tenant: { type: "string", default: DEMO_APP.tenant },
        avatar: { type: "string" },
        role: { type: "string", multiple: true, default: [] },
        permission: { type: "string", multiple: true, default: [] },
        group: { type: "string", multiple: true },
        "expires-in": { type: "string", default: "86400" },
        help: { type: "boolean", default: false },
      },
    });
    return values;
  } catch (error) {
    return fail(error.message);
  }
}

function fail(reason) {
  console.error(`${reason}\n${USAGE}`);
  process.exit(1);
}

const given = readArguments();
if (given.help) {
  console.log(USAGE);
  process.exit(0);
}
if (!given.user) fail("--user is missing");
if (!given.name) fail("--name is missing");
const expiresIn = Number(given["expires-in"]);
if (!Number.isSafeInteger(expiresIn)) fail("--expires-in is a number of seconds");

console.log(
  signToken({
    user: given.user,
    name: given.name,
    tenant: given.tenant,
    avatar: given.avatar,
    roles: given.role,
    permissions: given.permission,
    groups: given.group,
    expiresIn,
  }),
);
