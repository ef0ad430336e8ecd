// Pictures that people upload, on the real engine with the images Worker: what is stored of them, their smaller forms, hostile ones, and
// who reads them. How each format is read is tested natively, in images/src/tests.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { jpeg, jpegHeader, png, webpOfManyCodes } from "../support/pictures.mjs";
import { startWorld, WIDE } from "../support/world.mjs";

const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

describe("pictures", () => {
  let world, admin, ana, ben, other, room;

  before(async () => {
    world = await startWorld({ limits: WIDE });
    admin = world.person("admin", { roles: ["admin"] });
    [ana, ben] = [world.person("7", { name: "Ana" }), world.person("8", { name: "Ben" })];
    other = world.person("9", { tenant: "other" });
    room = await world.room([ana, ben]);
  });
  after(() => world?.stop());

  async function read(person, path, headers = {}) {
    const response = await fetch(world.url + path, {
      headers: { ...(person ? { authorization: `Bearer ${person.token}` } : {}), ...headers },
    });
    return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) };
  }

  /** The stored bytes of a file, which its size and its hash describe. */
  async function stored(file) {
    const { status, bytes } = await read(ana, file.url);
    assert.deepEqual([status, bytes.length, sha256(bytes)], [200, file.size, file.sha256]);
    return bytes;
  }

  test("a picture of 12 megapixels is stored without its place, and has smaller forms", async () => {
    const picture = jpeg(4_000, 3_000, { sampling: 2, orientation: 6 });
    const file = await ana.upload(picture, "a.jpg");
    assert.deepEqual([file.type, file.width, file.height, file.status], ["image/jpeg", 3_000, 4_000, "ready"]);
    const bytes = await stored(file);
    assert.ok(picture.includes("SECRET PLACE") && !bytes.includes("SECRET PLACE"));
    assert.ok(bytes.length < picture.length && bytes.length > picture.length - 1_000, "nothing is encoded again");
    assert.ok(Buffer.from(file.thumbhash, "base64").length > 4);
    const sizes = file.variants.map(({ name, type, width, height }) => [name, type, width, height]);
    assert.deepEqual(sizes, [
      ["thumb", "image/jpeg", 240, 320],
      ["preview", "image/jpeg", 1_200, 1_600],
    ]);
    for (const { name, url, size } of file.variants) {
      assert.equal(url, `${file.url}?variant=${name}`);
      const variant = await read(ana, url);
      assert.deepEqual([variant.status, variant.bytes.length, variant.bytes.readUInt16BE(0)], [200, size, 0xffd8]);
      assert.equal(variant.headers.get("cache-control"), "private, max-age=604800, immutable");
      assert.match(variant.headers.get("content-security-policy"), /^sandbox;/);
      const known = await read(ana, url, { "if-none-match": variant.headers.get("etag") });
      assert.deepEqual([known.status, known.bytes.length], [304, 0]);
    }
  });

  test("a form with a transparent picture has smaller forms with transparency", async () => {
    const form = new FormData();
    form.set("file", new Blob([png(1_200, 800, { text: "SECRET" })]), "a.png");
    const headers = { authorization: `Bearer ${ana.token}` };
    const response = await fetch(`${world.url}/api/chat/upload`, { method: "POST", headers, body: form });
    const file = await response.json();
    assert.deepEqual([response.status, file.type, file.width, file.height], [201, "image/png", 1_200, 800]);
    assert.ok(!(await stored(file)).includes("SECRET"));
    const sizes = file.variants.map(({ type, width, height }) => [type, width, height]);
    assert.deepEqual(sizes, [
      ["image/png", 320, 213],
      ["image/png", 1_200, 800],
    ]);
  });

  test("no picture fails its upload", async () => {
    const large = jpeg(4_000, 3_000, { orientation: 6 });
    const cases = [
      ["a JPEG that is cut off", large.subarray(0, large.length / 2)],
      ["a JPEG that announces 900 megapixels", jpegHeader(0xc0, 30_000, 30_000), 0],
      ["a progressive JPEG that announces 49 megapixels", jpegHeader(0xc2, 7_000, 7_000), 0],
      ["a PNG that announces 900 megapixels", png(4, 4, { announced: [30_000, 30_000] }), 0],
      ["a WebP that ends the images Worker's instance", webpOfManyCodes(), 0],
      ["a PNG of 24 megapixels", png(6_000, 4_000), 2],
      ["the first bytes of a PNG", png(4, 4).subarray(0, 20), 0],
      ["a picture after them", jpeg(640, 480), 2],
    ];
    for (const [name, bytes, variants] of cases) {
      const file = await ana.upload(bytes, "a");
      assert.match(file.type, /^image\//, name);
      assert.ok(!(await stored(file)).includes("SECRET PLACE"), name);
      if (variants !== undefined) assert.equal(file.variants.length, variants, name);
    }
    await admin.ok("PATCH", "/api/admin/settings", { files: { image_pixels: 1_000_000 } });
    const over = await ana.upload(jpeg(1_001, 1_000, { orientation: 6 }), "a.jpg");
    await admin.ok("PATCH", "/api/admin/settings", { files: { image_pixels: null } });
    assert.deepEqual([over.variants, over.thumbhash, over.width], [[], null, 1_000]);
    assert.ok(!(await stored(over)).includes("SECRET PLACE"));
  });

  test("pictures that arrive together all have smaller forms", async () => {
    const picture = jpeg(2_000, 1_500);
    const files = await Promise.all(Array.from({ length: 24 }, (_, number) => ana.upload(picture, `${number}.jpg`)));
    assert.deepEqual(
      files.map(({ variants }) => variants.length),
      Array(24).fill(2),
    );
  });

  test("members read the smaller forms while they are members, also by a link", async () => {
    const file = await ana.upload(jpeg(800, 600), "a.jpg");
    const [thumb] = file.variants;
    assert.equal((await read(ben, thumb.url)).status, 404);
    const messages = `/api/chat/conversations/${room.conversation_id}/messages`;
    const sent = await ana.ok("POST", messages, { attachments: [file.id] });
    assert.deepEqual([sent.type, sent.attachments], ["image", [file]]);
    assert.equal((await read(ben, thumb.url)).status, 200);
    assert.deepEqual((await ben.ok("GET", messages)).data[0].attachments, [file]);
    assert.equal((await read(undefined, thumb.url)).status, 401);
    assert.equal((await read(other, thumb.url)).status, 404);
    const { url } = await ben.ok("POST", `${file.url}/link`);
    assert.equal((await read(undefined, `${url}&variant=thumb`)).bytes.length, thumb.size);
    await admin.ok("DELETE", `/api/chat/rooms/${room.id}/members/8`);
    assert.equal((await read(ben, thumb.url)).status, 404);
    assert.equal((await read(undefined, `${url}&variant=thumb`)).status, 404);
  });

  test("a picture is deleted with its smaller forms", async () => {
    const file = await ana.upload(jpeg(400, 300), "a.jpg");
    const bucket = await world.engine.miniflare.getR2Bucket("FILES", "campana");
    const keys = async () => {
      const { objects } = await bucket.list({ prefix: `files/demo/${file.id}/` });
      return objects.map(({ key }) => key.split("/").at(-1));
    };
    assert.deepEqual(await keys(), ["original", "preview", "thumb"]);
    const yesterday = Date.now() - 86_400_000;
    await world.rows("UPDATE files SET claimed_at = ?1, unused_at = ?1 WHERE id = ?2", yesterday, file.id);
    await world.engine.schedule("7,22,37,52 * * * *");
    assert.deepEqual(await keys(), []);
    assert.equal((await read(ana, file.variants[0].url)).status, 404);
  });
});
