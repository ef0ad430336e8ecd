// JSON Web Tokens for the local edge, signed with the demo app's secret, which production refuses.
import { createHmac } from "node:crypto";

export const DEMO_APP = { id: "1", tenant: "demo", key: "demo-key", secret: "demo-secret" };

/**
 * @param {{user: string, name: string, tenant?: string, avatar?: string, roles?: string[], permissions?: string[],
 *   groups?: string[], expiresIn?: number, secret?: string, now?: number, issuer?: string, audience?: string}} claims
 *   `expiresIn` in seconds, `now` in Unix milliseconds
 */
export function signToken(claims) {
  const { user, name, tenant = DEMO_APP.tenant, avatar, roles = [], permissions = [], groups } = claims;
  const { issuer: iss, audience: aud, expiresIn = 86_400, secret = DEMO_APP.secret, now = Date.now() } = claims;
  const iat = Math.floor(now / 1000);
  const payload = { sub: user, name, tenant, avatar, roles, permissions, groups, iss, aud, iat, exp: iat + expiresIn };
  const signed = `${encode({ alg: "HS256", typ: "JWT" })}.${encode(payload)}`;
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}

function encode(value) {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
