// The OpenAPI document: what the router's endpoints are.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../scripts/lib/root.mjs";

/** The document's paths: for each, its operations by method in lower case. */
export const { paths } = JSON.parse(readFileSync(join(ROOT, "schema/api/openapi.json"), "utf8"));
