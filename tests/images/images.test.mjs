// The images Worker alone on workerd: variants of a large picture, hostile input one after the other in the same isolate, and its
// memory. How each format is read is tested natively, in images/src/tests.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { startImages } from "../../scripts/lib/engine.mjs";
import { ROOT } from "../../scripts/lib/root.mjs";
import { jpeg, jpegHeader, png, readAnswer, webpOfManyCodes } from "../support/pictures.mjs";

const MEBIBYTE = 1024 * 1024;
let images;

before(async () => {
  // The runtime logs the request that ends.
  images = await startImages({ onLog: () => {} });
});
after(() => images?.stop());

async function send(picture, headers = {}) {
  const response = await fetch(images.url, { method: "POST", body: picture, headers });
  const body = Buffer.from(await response.arrayBuffer());
  const number = (name) => Number(response.headers.get(name));
  return { status: response.status, body, handled: number("campana-handled"), memory: number("campana-memory") };
}

test("a picture of 12 megapixels has variants, and loses its place", async () => {
  const picture = jpeg(4_000, 3_000, { sampling: 2, orientation: 6 });
  const { status, body, memory } = await send(picture);
  assert.equal(status, 200);
  const { facts, cleaning, thumbhash, variants } = readAnswer(body);
  assert.deepEqual([facts.kind, facts.width, facts.height, facts.orientation], ["jpeg", 4_000, 3_000, 6]);
  assert.ok(Buffer.from(thumbhash, "base64").length <= 25);
  const sizes = variants.map(({ name, kind, width, height }) => [name, kind, width, height]);
  assert.deepEqual(sizes, [
    ["thumb", "jpeg", 240, 320],
    ["preview", "jpeg", 1_200, 1_600],
  ]);
  for (const { bytes } of variants) {
    assert.deepEqual([...bytes.subarray(0, 3)], [0xff, 0xd8, 0xff]);
    assert.ok(!bytes.includes("Exif"));
  }
  const stored = cleaning.pieces.map(({ keep, insert }) => (keep ? picture.subarray(...keep) : Buffer.from(insert)));
  assert.ok(picture.includes("SECRET PLACE") && !Buffer.concat(stored).includes("SECRET PLACE"));
  assert.ok(memory > 0 && memory < 64 * MEBIBYTE, `${memory} bytes`);
});

test("hostile input one after the other ends no isolate", async () => {
  const small = jpeg(640, 480);
  const large = jpeg(4_000, 3_000);
  const transparent = png(3_000, 2_000);
  const cases = [
    ["a baseline JPEG that announces 900 megapixels", jpegHeader(0xc0, 30_000, 30_000), 200],
    ["a progressive JPEG that announces 49 megapixels", jpegHeader(0xc2, 7_000, 7_000), 200],
    ["a baseline JPEG without the pixels that it announces", jpegHeader(0xc0, 7_000, 7_000), 200],
    ["a PNG that announces 900 megapixels", png(4, 4, { announced: [30_000, 30_000] }), 200],
    ["a PNG without the pixels that it announces", png(4, 4, { announced: [7_000, 7_000] }), 200],
    ["a JPEG that is cut off", large.subarray(0, large.length / 2), 200],
    ["a PNG that is cut off", transparent.subarray(0, transparent.length / 2), 422],
    ["a JPEG with changed data", changed(large), 200],
    ["a PNG with changed data", changed(transparent), 200],
    ["text", Buffer.from("no picture at all"), 415],
    ["nothing", Buffer.alloc(0), 415],
    ["a body that is too long", Buffer.alloc(65 * MEBIBYTE), 413],
    ["a PNG of 24 megapixels with transparency", png(6_000, 4_000), 200],
    ["a JPEG of 48 megapixels", jpeg(8_000, 6_000, { detail: 4 }), 200],
    ["a picture", small, 200],
  ];
  let before = (await send(small)).handled;
  for (const [name, input, expected] of cases) {
    const { status, handled, memory } = await send(input);
    assert.equal(status, expected, name);
    assert.equal(handled, before + (status === 413 ? 0 : 1), `${name}: the isolate is the same`);
    assert.ok(memory < 96 * MEBIBYTE, `${name}: ${memory} bytes`);
    before = handled;
  }
  const { variants } = readAnswer((await send(jpeg(8_000, 6_000, { detail: 4 }))).body);
  assert.equal(variants.length, 2, "48 megapixels");
});

test("a picture that needs far more than its header says ends its own request, not the isolate", async () => {
  const before = images.pid();
  assert.equal((await send(webpOfManyCodes())).status, 500);
  const next = await send(jpeg(640, 480));
  assert.equal(next.status, 200);
  assert.ok(next.memory < 64 * MEBIBYTE, "a new instance has a memory of its own");
  assert.equal(images.pid(), before);
});

/** Every thousandth byte behind the headers is another one. */
function changed(picture) {
  const copy = Buffer.from(picture);
  for (let at = 1_000; at < copy.length - 1_000; at += 997) copy[at] ^= 0x5a;
  return copy;
}

test("a picture with more pixels than the caller's limit has no variants, and loses its metadata", async () => {
  const picture = jpeg(1_000, 1_000, { orientation: 6 });
  for (const [limit, count] of [
    [999_999, 0],
    [1_000_000, 2],
  ]) {
    const { status, body } = await send(picture, { "campana-max-pixels": `${limit}` });
    const { variants, cleaning } = readAnswer(body);
    assert.deepEqual([status, variants.length], [200, count]);
    assert.ok(cleaning.pieces.length > 1);
  }
});

test("pictures that arrive together are handled one by one, or refused for a moment", async () => {
  const picture = jpeg(2_000, 1_500);
  const before = (await send(picture)).handled;
  const few = await Promise.all(Array.from({ length: 6 }, () => send(picture)));
  assert.deepEqual(
    few.map(({ status }) => status),
    Array(6).fill(200),
  );
  const last = Math.max(...few.map(({ handled }) => handled));
  assert.equal(last, before + 6);

  const many = await Promise.all(
    Array.from({ length: 60 }, async () => {
      const response = await fetch(images.url, { method: "POST", body: picture });
      await response.arrayBuffer();
      return [response.status, response.headers.get("retry-after")];
    }),
  );
  for (const [status, retryAfter] of many) assert.ok(status === 200 || (status === 503 && retryAfter === "1"), status);
  assert.equal((await send(picture)).status, 200);
});

test("the images Worker has no address of its own", async () => {
  const settings = readFileSync(join(ROOT, "workers/images/wrangler.toml"), "utf8");
  assert.match(settings, /^workers_dev = false$/m);
  assert.match(settings, /^preview_urls = false$/m);
  assert.doesNotMatch(settings, /^routes?\b/m);
  const edge = readFileSync(join(ROOT, "wrangler.toml"), "utf8");
  assert.match(edge, /^binding = "IMAGES"\nservice = "campana-images"$/m);
});
