// Tokens with unusual claims, most of them validly signed.
import { write } from "./json.mjs";
import { mutateBytes, mutateValue } from "./mutate.mjs";
import { NUMBERS } from "./odd.mjs";
import { DEMO, OTHER, signClaims } from "./pool.mjs";

const DAY_S = 86_400;
const HEADERS = [
  '{"alg":"none"}',
  '{"alg":"HS512","typ":"JWT"}',
  '{"alg":"RS256","typ":"JWT"}',
  '{"alg":"ES256","kid":"\\u0000"}',
  "{}",
  '{"alg":"HS256","kid":"x"}',
  '{"alg":"HS256","crit":["exp"]}',
  '{"alg":["HS256"]}',
  '{"alg":"hs256"}',
  '["HS256"]',
  '{"alg":"HS256","alg":"none"}',
  '{"alg":"HS256","jku":"http://127.0.0.1:9/"}',
  "null",
  "",
];

/** A token for a pool user, with unusual claims. */
export function oddToken(random, pool) {
  const person = random.pick([...pool.people, ...pool.guards]);
  const now = Math.floor(pool.baseTime / 1_000);
  const claims = {
    sub: person.user,
    name: person.name,
    tenant: "demo",
    avatar: "https://example.org/a.png",
    roles: [],
    permissions: ["view_panic_alerts", "subscribe:orders"],
    groups: ["guards"],
    iss: "app",
    aud: ["campana"],
    nbf: now - 60,
    iat: now,
    exp: now + DAY_S,
  };
  const time = random.pick(["exp", "nbf", "iat"]);
  return random.pick([
    () => signClaims(write(mutateValue(random, claims, pool.baseTime))),
    () => signClaims(write(mutateValue(random, mutateValue(random, claims, pool.baseTime), pool.baseTime))),
    () => signClaims(write({ ...claims, [time]: random.pick(NUMBERS) })),
    // Close to the maximum length, with characters that are longer in other encodings.
    () => signClaims(write({ ...claims, ...long(random) })),
    () => signClaims(write({ ...claims, exp: now + random.pick([-1, 0, 1, 2, 0.5, 3e11, -3e11, 1e300]) })),
    () => signClaims(write(claims), { header: random.pick(HEADERS) }),
    () => signClaims(mutateBytes(random, Buffer.from(write(claims)))),
    () => signClaims(write(claims), { secret: random.pick(["", OTHER.secret, DEMO.secret.toUpperCase()]) }),
    () => signClaims(write({ ...claims, tenant: random.pick(["other", "nobody", "", "demo\0"]) })),
    () =>
      mutateBytes(random, Buffer.from(person.token))
        .toString("latin1")
        .replaceAll(/[^\x21-\x7e]/g, "_"),
  ])();
}

function long(random) {
  const char = random.pick(["x", "é", "\u{1f600}", '"', "\\", "%", "\u2028"]);
  return random.pick([
    { name: char.repeat(128), permissions: Array.from({ length: 64 }, (_, at) => `subscribe:${char.repeat(10)}${at}`) },
    { permissions: ["view_panic_alerts", `subscribe:${char.repeat(1_000)}`] },
    { avatar: `https://example.org/${char.repeat(1_000)}` },
    { groups: Array.from({ length: 100 }, (_, at) => `group-${at}`) },
    { other: char.repeat(1_200) },
  ]);
}
