// Resumable uploads of the chat page: paused, cut off, and continued after a reload, on a desktop and on a phone.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { seedDemo } from "../../scripts/lib/demo.mjs";
import { PHONE, startBrowser } from "../support/browser.mjs";
import { sha256 } from "../support/tus.mjs";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

const MIB = 1024 * 1024;
const KEPT = "campana.uploads.7";
/** Bytes a second of a slow network. */
const SLOW = 2_000_000;

describe("resumable uploads on the chat page", () => {
  let world, browser, folder, ana, ben, lobby;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "campana-demo-"));
    world = await startWorld({ limits: WIDE });
    await seedDemo(world.url, folder);
    [ana, ben] = [world.person("7", { name: "Ana" }), world.person("8", { name: "Ben" })];
    const { data } = await ana.ok("GET", "/api/chat/conversations");
    lobby = data.find(({ room_name }) => room_name === "Lobby").id;
    browser = await startBrowser();
  });
  after(async () => {
    await browser?.stop();
    await world?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A file on the disk, so that it has the same time of change whenever it is chosen. */
  function fileOf(name, size) {
    const path = join(folder, name);
    const bytes = randomBytes(size);
    bytes.fill(0, 0, 16);
    writeFileSync(path, bytes);
    return { path, sha: sha256(bytes) };
  }

  async function choose({ page }, button, { path }) {
    const chooser = page.waitForEvent("filechooser");
    await page.getByRole("button", { name: button, exact: true }).click();
    await (await chooser).setFiles(path);
  }

  /** Sets the network of a page; the returned function changes it. */
  async function networkOf(window) {
    const session = await window.context.newCDPSession(window.page);
    await session.send("Network.enable");
    return (uploadThroughput, offline = false) =>
      session.send("Network.emulateNetworkConditions", {
        offline,
        latency: 0,
        downloadThroughput: -1,
        uploadThroughput,
      });
  }

  /** The requests of a page to begin an upload, and the offsets of its writes. */
  function requestsOf({ page }) {
    const seen = { begun: 0, writes: [] };
    page.on("request", (request) => {
      if (!request.url().includes("/api/chat/uploads")) return;
      if (request.method() === "POST") seen.begun += 1;
      if (request.method() === "PATCH") seen.writes.push(Number(request.headers()["upload-offset"]));
    });
    return seen;
  }

  const item = ({ page }, name) => page.locator(".tray-file", { hasText: name });
  const progress = (window, name) =>
    item(window, name)
      .getByRole("progressbar")
      .evaluate((bar) => bar.value);
  const beyond = (window, name, bytes) =>
    eventually(async () => (await progress(window, name)) > bytes, `more than ${bytes} bytes`);
  const kept = ({ page }) => page.evaluate((key) => JSON.parse(localStorage.getItem(key) ?? "[]"), KEPT);
  const isFocused = (locator) => locator.evaluate((element) => element === document.activeElement);

  test("a large file is paused, cut off, continued after a reload and sent, and is the same for who gets it", async () => {
    const file = fileOf("plan of the garden.bin", 20 * MIB);
    const [desk, phone] = [
      await browser.window(world, "ana"),
      await browser.window(world, "ben", { viewport: PHONE, colorScheme: "dark" }),
    ];
    await Promise.all([desk.open("Lobby"), phone.open("Lobby")]);
    const requests = requestsOf(desk);
    const network = await networkOf(desk);
    await network(SLOW);
    await choose(desk, "Attach files", file);
    await beyond(desk, "plan of the garden.bin", 6 * MIB);

    const pause = desk.button("Pause the upload of plan of the garden.bin");
    await pause.focus();
    await desk.page.keyboard.press("Enter");
    await item(desk, "plan of the garden.bin")
      .getByText(/Paused at \d+ %/)
      .waitFor();
    const resume = desk.button("Continue the upload of plan of the garden.bin");
    assert.equal(await isFocused(resume), true, "the button keeps the focus");
    const [{ id, sent, ...rest }] = await kept(desk);
    assert.deepEqual(Object.keys(rest).sort(), ["modified", "name", "place", "size", "until"]);
    assert.ok(sent >= 5 * MIB, `${sent}`);
    await desk.screenshot("uploads-paused");
    await desk.accessible("a paused upload");
    const paused = requests.writes.length;
    const { offset } = await ana.ok("GET", `/api/chat/uploads/${id}`);
    assert.ok(offset >= 5 * MIB && offset < 20 * MIB, `${offset}`);
    assert.equal(requests.writes.length, paused, "nothing is sent during a pause");
    await desk.page.keyboard.press("Enter");
    await eventually(() => requests.writes.length > paused, "the next write");
    assert.ok(requests.writes[paused] >= offset, "what the server has is not sent again");

    await beyond(desk, "plan of the garden.bin", 11 * MIB);
    await network(SLOW, true);
    await item(desk, "plan of the garden.bin")
      .getByText(/waiting for the network/)
      .waitFor();
    await desk.screenshot("uploads-offline");
    await desk.accessible("an upload without a network");
    const cut = requests.writes.length;
    await network(SLOW);
    await eventually(() => requests.writes.length > cut, "the upload goes on by itself");
    await eventually(async () => (await kept(desk))[0]?.sent >= 15 * MIB, "15 MiB");

    requests.writes.length = 0;
    await desk.page.reload();
    await network(-1);
    await desk.isLive();
    const again = "Choose plan of the garden.bin again to go on with its upload";
    await item(desk, "plan of the garden.bin")
      .getByText(/Stopped at \d+ %/)
      .waitFor();
    await desk.screenshot("uploads-interrupted");
    await desk.accessible("an interrupted upload");
    assert.deepEqual(requests.writes, [], "the page has no file to send");
    await choose(desk, again, file);
    await item(desk, "plan of the garden.bin").getByText("Uploaded").waitFor();
    assert.ok(requests.writes[0] >= 15 * MIB, `${requests.writes}`);
    assert.equal(requests.begun, 1, "it is one upload");
    assert.deepEqual(await kept(desk), []);
    assert.equal(await item(desk, "plan of the garden.bin").count(), 1);
    await desk.field.fill("The plan");
    await desk.field.press("Enter");

    const row = phone.bubble("The plan");
    const download = phone.page.waitForEvent("download");
    await row.locator(".file-card").click();
    const saved = await download;
    assert.equal(saved.suggestedFilename(), "plan of the garden.bin");
    assert.equal(sha256(readFileSync(await saved.path())), file.sha);
    const { data } = await ben.ok("GET", `/api/chat/conversations/${lobby}/messages?limit=1`);
    assert.equal(data[0].attachments[0].sha256, file.sha);
    assert.deepEqual([...desk.errors, ...phone.errors], []);
    await Promise.all([desk.close(), phone.close()]);
  });

  test("on a phone, an upload is paused, cancelled and discarded, and nothing is left after signing out", async () => {
    const [film, song] = [fileOf("película.bin", 12 * MIB), fileOf("canción.bin", 9 * MIB)];
    const phone = await browser.window(world, "ana", { viewport: PHONE, colorScheme: "dark", locale: "es-ES" });
    await phone.open("Lobby");
    const network = await networkOf(phone);
    await network(SLOW);
    const gone = (id, what) =>
      eventually(async () => (await ana.call("GET", `/api/chat/uploads/${id}`)).status === 404, what);

    await choose(phone, "Adjuntar archivos", film);
    await beyond(phone, "película.bin", MIB);
    await phone.button("Pausar la subida de película.bin").click();
    await item(phone, "película.bin")
      .getByText(/En pausa al \d+ %/)
      .waitFor();
    await choose(phone, "Adjuntar archivos", song);
    await beyond(phone, "canción.bin", MIB);
    await phone.screenshot("uploads-phone-dark");
    await phone.accessible("uploads on a phone");
    await phone.fits("uploads on a phone");
    const [first, second] = await kept(phone);
    await phone.button("Cancelar la subida de canción.bin").click();
    await item(phone, "canción.bin").waitFor({ state: "detached" });
    await gone(second.id, "the cancelled upload");
    assert.deepEqual(
      (await kept(phone)).map(({ id }) => id),
      [first.id],
    );

    await phone.page.reload();
    await phone.isLive();
    await item(phone, "película.bin")
      .getByText(/Detenida al \d+ %/)
      .waitFor();
    await phone.screenshot("uploads-interrupted-phone-dark");
    await phone.accessible("an interrupted upload on a phone");
    await phone.fits("an interrupted upload on a phone");
    await phone.button("Descartar la subida de película.bin").click();
    await item(phone, "película.bin").waitFor({ state: "detached" });
    await gone(first.id, "the discarded upload");
    assert.deepEqual(await kept(phone), []);

    await choose(phone, "Adjuntar archivos", film);
    await eventually(async () => (await kept(phone)).length === 1, "the upload is kept");
    const [third] = await kept(phone);
    await phone.page.getByRole("link", { name: "Volver a las conversaciones" }).click();
    await phone.button(/Ser otra persona/).click();
    await eventually(() => phone.page.evaluate((key) => localStorage.getItem(key) === null, KEPT), "nothing is kept");
    await gone(third.id, "the upload of who has signed out");
    assert.deepEqual(phone.errors, []);
    await phone.close();
  });

  test("two tabs do not offer the same upload", async () => {
    const file = fileOf("film.bin", 12 * MIB);
    const first = await browser.window(world, "ana");
    await first.open("Lobby");
    const network = await networkOf(first);
    await network(SLOW);
    await choose(first, "Attach files", file);
    await eventually(async () => (await kept(first)).length === 1, "the upload is kept");
    const second = await first.context.newPage();
    await second.goto(`${world.url}/?as=ana`);
    await second.locator(".inbox-item", { hasText: "Lobby" }).click();
    await second.locator("[data-connection=live]").waitFor({ state: "attached" });
    assert.equal(await second.locator(".tray-file").count(), 0);
    await first.page.close();
    await second
      .locator(".tray-file", { hasText: "film.bin" })
      .getByText(/Stopped at/)
      .waitFor();
    await first.close();
  });
});
