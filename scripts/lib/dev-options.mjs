// Command-line options of scripts/dev.
import { parseArgs } from "node:util";

const USAGE = `usage: scripts/dev [--port N] [--fresh] [--no-demo] [--release]
  --port N    listens on port N instead of 8787
  --fresh     starts with an empty database
  --no-demo   adds no demo data
  --release   runs the optimised build, as deployed, and does not watch the sources`;

export function readOptions() {
  const { values } = parse();
  if (values.help) {
    console.log(USAGE);
    process.exit(0);
  }
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) end(`--port ${values.port} is not a port number`);
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
