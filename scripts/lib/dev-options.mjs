// What scripts/dev can be told.
import { parseArgs } from "node:util";

const USAGE = `usage: scripts/dev [--port N] [--fresh] [--no-demo] [--release]
  --port N    listens on port N instead of 8787
  --fresh     begins with an empty database
  --no-demo   adds no demo data
  --release   runs the optimized build, as it is deployed, and does not watch the sources`;

export function readOptions() {
  const { values } = parse();
  if (values.help) {
    console.log(USAGE);
    process.exit(0);
  }
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) end(`--port ${values.port} is no port`);
  return { port, fresh: values.fresh, demo: !values["no-demo"], release: values.release };
}

function parse() {
  try {
    return parseArgs({
      options: {
        port: { type: "string", default: "8787" },
        fresh: { type: "boolean", default: false },
        "no-demo": { type: "boolean", default: false },
        release: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
  } catch (error) {
    return end(error.message);
  }
}

function end(reason) {
  console.error(`${reason}\n${USAGE}`);
  process.exit(1);
}
