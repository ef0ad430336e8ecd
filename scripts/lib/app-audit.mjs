// Audit entries of operators' changes to apps. The entry is written in the batch of its change, and only if the change took effect.
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { userInfo } from "node:os";

/** Actor of every change by an operator, also of settings that scripts/app changes through the edge. */
export const OPERATOR = "campana-operator";
/** Actions of operators; a test compares the edge's own list with it. */
export const OPERATOR_ACTIONS = JSON.parse(readFileSync(new URL("operator-actions.json", import.meta.url), "utf8"));

/** Columns that a change sets, by which its entry recognizes that it took effect. */
const COLUMNS = ["secret", "previous_secret", "disabled_at", "allowed_origins", "webhooks", "jwks", "jwks_url"];

/**
 * The statement that writes an entry, for the batch of the change. It writes nothing unless `column` has the value that the change
 * sets: of two concurrent changes, one may match no row.
 * @param {string} id of the app
 * @param {{action: string, about?: object, now: number}} entry `about` never contains a secret, nor more of a URL than its host
 * @param {{column: string, value: string | number | null}} written
 */
export function auditStatement(id, { action, about = {}, now }, { column, value }) {
  if (!OPERATOR_ACTIONS.includes(action)) throw new Error(`${action} is not an action of operators`);
  if (!COLUMNS.includes(column)) throw new Error(`${column} is not a column that operators change`);
  const sql = `INSERT INTO admin_audits
    (id, tenant_id, actor_id, action, target_type, target_id, metadata, created_at)
    SELECT ?1, tenant_id, ?2, ?3, 'app', id, ?4, CAST(?5 AS INTEGER) FROM apps WHERE id = ?6 AND ${column} IS ?7`;
  const metadata = JSON.stringify({ ...about, system_user: systemUser() });
  return [sql, uuidV7(now), OPERATOR, action, metadata, now, id, value];
}

/** A UUID whose first 48 bits are the time, like the ids of the edge. */
export function uuidV7(now) {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(now, 0, 6);
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** Name of the account on this machine; undefined if the system does not know one. */
function systemUser() {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}
