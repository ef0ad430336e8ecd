// scripts/export: writes an app, a conversation or what is a person's own as JSON Lines in their canonical form.

import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { parseArgs } from "node:util";
import { AppRefused } from "../app-refused.mjs";
import { UnusableKey } from "../sealed-secrets.mjs";
import { BACKEND_OPTIONS, BACKEND_USAGE, Backend } from "./backend.mjs";
import { Progress } from "./progress.mjs";

const USAGE = `usage: scripts/export [--tenant T] [--conversation C | --user U] [--output F]

Writes JSON Lines, which scripts/import reads, to standard output or to the file F; docs/import-export.md describes them.
  --conversation C  one conversation and the people in it
  --user U          what is a person's own: their memberships, messages and reactions
${BACKEND_USAGE}`;

const { values } = read();
if (values.help) {
  console.log(USAGE);
} else {
  await run().catch((error) => {
    if (!(error instanceof AppRefused || error instanceof UnusableKey)) throw error;
    end(error.message);
  });
}

async function run() {
  const { conversation, user, output: path } = values;
  if (conversation !== undefined && user !== undefined) end("pass either --conversation or --user");
  const backend = await Backend.open(values);
  const only = {
    ...(conversation === undefined ? {} : { conversation_id: conversation }),
    ...(user === undefined ? {} : { user_id: user }),
  };
  const output = path === undefined ? process.stdout : createWriteStream(path);
  const progress = new Progress("lines");
  let count = 0;
  let cursor;
  do {
    const page = await backend.get("/export", cursor === undefined ? only : { ...only, cursor });
    const text = page.lines.map((line) => `${line}\n`).join("");
    if (text !== "" && !output.write(text)) await once(output, "drain");
    count += page.lines.length;
    if (path !== undefined) progress.show(count);
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
  if (path !== undefined) {
    output.end();
    await once(output, "finish");
    progress.say(`${count} lines`);
  }
}

function read() {
  try {
    const text = { type: "string" };
    const options = { conversation: text, user: text, output: text, help: { type: "boolean", short: "h" } };
    return parseArgs({ options: { ...BACKEND_OPTIONS, ...options } });
  } catch (error) {
    return end(`${error.message}\n${USAGE}`);
  }
}

function end(message) {
  console.error(message);
  return process.exit(1);
}
