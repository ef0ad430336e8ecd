// Checks that the official parser accepts the AsyncAPI document whose path is the argument, without errors or warnings.
import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";

// The document is of version 3.0.0, which more tools read than 3.1.0.
const EXPECTED = new Set(["asyncapi-latest-version"]);

const path = process.argv[2];
const { document, diagnostics } = await new Parser().parse(readFileSync(path, "utf8"), { source: path });
const problems = diagnostics.filter(({ code }) => !EXPECTED.has(code));
for (const { code, message, path: where } of problems)
  console.error(`${path}: ${where.join(".")}: ${message} (${code})`);
process.exit(document && problems.length === 0 ? 0 : 1);
