// Files of the chat page: attached by button, paste and drop, uploaded with progress, shown in messages and in the viewer.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { seedDemo } from "../../scripts/lib/demo.mjs";
import { PHONE, startBrowser } from "../support/browser.mjs";
import { jpeg, png } from "../support/pictures.mjs";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

const NARROW = { width: 320, height: 640 };
/** A second of silence. */
const WAV = (() => {
  const head = Buffer.alloc(44);
  head.write("RIFF", 0);
  head.writeUInt32LE(36 + 8_000, 4);
  head.write("WAVEfmt ", 8);
  for (const [at, value] of [
    [16, 16],
    [24, 8_000],
    [28, 8_000],
  ])
    head.writeUInt32LE(value, at);
  for (const [at, value] of [
    [20, 1],
    [22, 1],
    [32, 1],
    [34, 8],
  ])
    head.writeUInt16LE(value, at);
  head.write("data", 36);
  head.writeUInt32LE(8_000, 40);
  return Buffer.concat([head, Buffer.alloc(8_000, 128)]);
})();

describe("files on the chat page", () => {
  let world, browser, folder, admin, ana, ben, lobby;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "campana-demo-"));
    world = await startWorld({ limits: WIDE });
    await seedDemo(world.url, folder);
    admin = world.person("admin", { roles: ["admin"] });
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

  const messages = () => `/api/chat/conversations/${lobby}/messages`;
  const picture = (name, width = 800, height = 600) => ({ name, mimeType: "image/jpeg", buffer: jpeg(width, height) });
  const text = (name, size = 1_400) => ({ name, mimeType: "text/plain", buffer: Buffer.alloc(size, "campana ") });
  const tray = (window) => window.page.getByRole("list", { name: "Files of this message" });
  const inTray = (window, name) => tray(window).getByRole("listitem").filter({ hasText: name });
  const noErrors = (...windows) =>
    assert.deepEqual(
      windows.flatMap(({ errors }) => errors),
      [],
    );

  async function choose(window, files) {
    const chooser = window.page.waitForEvent("filechooser");
    await window.page.getByRole("button", { name: "Attach files", exact: true }).click();
    await (await chooser).setFiles(files);
  }

  /** A `DataTransfer` of the page with a file. */
  const transfer = (window, { name, mimeType, buffer }, words) =>
    window.page.evaluateHandle(
      ([file, type, base64, plain]) => {
        const data = new DataTransfer();
        data.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], file, { type }));
        if (plain) data.setData("text/plain", plain);
        return data;
      },
      [name, mimeType, buffer.toString("base64"), words],
    );

  async function paste(window, file, words) {
    const data = await transfer(window, file, words);
    await window.field.evaluate((field, clipboardData) => {
      field.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
    }, data);
  }

  const drag = async (window, kind, file) =>
    window.page.locator(".messages").dispatchEvent(kind, { dataTransfer: await transfer(window, file) });

  const newest = async () => (await ben.ok("GET", `${messages()}?limit=1`)).data[0];

  test("files are attached by button, paste and drop, and sent with or without a text", async () => {
    const [desk, phone] = [
      await browser.window(world, "ana"),
      await browser.window(world, "ben", { viewport: PHONE, colorScheme: "dark" }),
    ];
    await Promise.all([desk.open("Lobby"), phone.open("Lobby")]);
    await choose(desk, [picture("plan of the garden.jpg"), text("minutes.txt")]);
    await inTray(desk, "plan of the garden.jpg").getByText("Uploaded").waitFor();
    await inTray(desk, "minutes.txt").getByText("Uploaded").waitFor();
    await paste(desk, picture("pasted.jpg", 300, 500));
    await inTray(desk, "pasted.jpg").getByText("Uploaded").waitFor();
    // A copied sheet has a picture of itself besides its text.
    await paste(desk, picture("sheet.jpg"), "1\t2");
    assert.equal(await inTray(desk, "sheet.jpg").count(), 0);
    await drag(desk, "dragenter", text("dropped.txt"));
    await desk.page.getByText("Drop files to attach them").waitFor();
    await desk.screenshot("files-drop");
    await drag(desk, "drop", text("dropped.txt"));
    await inTray(desk, "dropped.txt").getByText("Uploaded").waitFor();
    assert.equal(await desk.page.getByText("Drop files to attach them").count(), 0);
    await desk.field.fill("All about the garden");
    await desk.screenshot("files-tray");
    await desk.accessible("attached files");
    assert.equal(await desk.button("A message with files cannot be sent later").isDisabled(), true);
    await desk.field.press("Enter");
    const row = phone.bubble("All about the garden");
    await row.getByRole("button", { name: "Open picture plan of the garden.jpg" }).waitFor();
    assert.equal(await row.locator(".picture").count(), 2);
    assert.equal(await row.locator(".file-card").count(), 2);
    await tray(desk).waitFor({ state: "detached" });
    assert.equal(await desk.field.inputValue(), "");
    await eventually(
      () =>
        phone.page
          .locator(".picture img")
          .evaluateAll((all) => all.length === 2 && all.every((img) => img.naturalWidth > 0)),
      "the pictures",
    );
    await phone.screenshot("files-message-phone-dark");
    await phone.accessible("a message with files");
    await phone.fits("a message with files");
    await desk.screenshot("files-message");

    await choose(phone, [text("only a file.txt")]);
    await inTray(phone, "only a file.txt").getByText("Uploaded").waitFor();
    await phone.screenshot("files-tray-phone-dark");
    await phone.button("Send").click();
    await desk.page.locator(".file-card", { hasText: "only a file.txt" }).waitFor();
    await eventually(async () => (await newest()).attachments?.[0]?.name === "only a file.txt", "the stored message");
    assert.deepEqual([(await newest()).body, (await newest()).type], ["", "file"]);
    await desk.item("Lobby").locator(".inbox-preview", { hasText: "Ben: File: only a file.txt" }).waitFor();
    noErrors(desk, phone);
    await Promise.all([desk.close(), phone.close()]);
  });

  test("an upload shows its progress, can be cancelled, and its message waits for it", async () => {
    const desk = await browser.window(world, "ana");
    await desk.open("Lobby");
    const network = await desk.context.newCDPSession(desk.page);
    await network.send("Network.enable");
    const slow = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 400_000 };
    await network.send("Network.emulateNetworkConditions", slow);
    await choose(desk, [text("slow.txt", 2_000_000), text("cancelled.txt", 2_000_000)]);
    const bar = inTray(desk, "slow.txt").getByRole("progressbar", { name: "Upload of slow.txt" });
    await eventually(async () => {
      const value = await bar.evaluate((element) => element.value);
      return value > 100_000 && value < 2_000_000;
    }, "a progress between");
    await desk.button("Cancel the upload of cancelled.txt").click();
    await inTray(desk, "cancelled.txt").waitFor({ state: "detached" });
    await desk.field.fill("This takes a while");
    await desk.field.press("Enter");
    await desk.page.getByText("The message is sent when its files are uploaded.").waitFor();
    await desk.screenshot("files-held");
    await desk.accessible("a message that waits for its files");
    // The user changes their mind, and then looks at another conversation.
    await desk.field.press("Escape");
    assert.equal(await desk.page.getByText("The message is sent when").count(), 0);
    await desk.field.press("Enter");
    await desk.open("Night shift");
    await network.send("Network.emulateNetworkConditions", { ...slow, uploadThroughput: -1 });
    await eventually(async () => (await newest()).body === "This takes a while", "the message");
    assert.deepEqual(
      (await newest()).attachments.map(({ name }) => name),
      ["slow.txt"],
    );
    await desk.open("Lobby");
    assert.equal(await desk.field.inputValue(), "");
    noErrors(desk);
    await desk.close();
  });

  test("a refusal is shown with the server's reason, and an upload that broke off can be repeated", async () => {
    const files = { max_bytes: 100_000, types: ["image/*", "text/plain"] };
    await admin.ok("PATCH", "/api/admin/settings", { files });
    const phone = await browser.window(world, "ana", { viewport: NARROW });
    await phone.open("Lobby");
    await choose(phone, [
      text("large.txt", 200_000),
      { ...text("program.exe"), buffer: Buffer.from("MZ\x90\0\x03\0\0\0") },
    ]);
    await inTray(phone, "large.txt").getByText("The file is too large: at most 100 kB").waitFor();
    await inTray(phone, "program.exe").getByText("Files of this type are not allowed").waitFor();
    assert.equal(await phone.button("Upload large.txt again").count(), 0, "it would be refused again");
    await phone.field.fill("Text");
    assert.equal(await phone.button("Send").isDisabled(), true);
    await phone.screenshot("files-refused-narrow");
    await phone.accessible("refused files");
    await phone.fits("refused files");
    await phone.button("Remove large.txt").click();
    await phone.button("Remove program.exe").click();
    await admin.ok("PATCH", "/api/admin/settings", { files: { max_bytes: null, types: null } });

    await phone.page.route("**/api/chat/upload", (route) => route.abort(), { times: 1 });
    await choose(phone, [text("again.txt")]);
    await inTray(phone, "again.txt").getByText("The server cannot be reached").waitFor();
    await phone.button("Upload again.txt again").click();
    await inTray(phone, "again.txt").getByText("Uploaded").waitFor();
    await phone.screenshot("files-tray-narrow");
    await phone.fits("an attached file");
    await phone.button("Remove again.txt").click();
    await choose(
      phone,
      Array.from({ length: 11 }, (_, n) => text(`many-${n}.txt`, 10)),
    );
    await phone.page.getByText("A message has at most 10 files").waitFor();
    assert.equal(await tray(phone).getByRole("listitem").count(), 10);
    noErrors(phone);
    await phone.close();
  });

  test("pictures keep their place while they load, and the viewer leads through them", async () => {
    const sent = [];
    for (const [name, width, height] of [
      ["first.jpg", 1_600, 900],
      ["second.jpg", 600, 900],
    ]) {
      const file = await ben.upload(jpeg(width, height), name);
      sent.push(await ben.ok("POST", messages(), { attachments: [file.id] }));
    }
    const small = await ben.upload(png(40, 40), "small.png");
    await ben.ok("POST", messages(), { body: "The end", attachments: [small.id] });
    const desk = await browser.window(world, "ana", {
      prepare: (page) => page.route("**/api/chat/files/**", async (route) => setTimeout(() => route.continue(), 400)),
    });
    await desk.open("Lobby");
    const row = desk.page.locator(`[data-message="${sent[0].id}"]`);
    const box = async () => (await row.locator(".picture").boundingBox()) ?? {};
    await row.locator(".picture").waitFor();
    assert.equal(await row.locator(".picture img").count(), 0, "not loaded yet");
    const before = await box();
    // The smaller form fills the place.
    await eventually(() => row.locator(".picture img").evaluate((img) => img.naturalWidth === 320), "the picture");
    const loaded = await box();
    assert.deepEqual([loaded.width, loaded.height], [before.width, before.height]);
    assert.deepEqual([Math.round(loaded.width), Math.round(loaded.height)], [320, 180]);
    await desk.screenshot("files-pictures");
    await desk.bubble("The end").scrollIntoViewIfNeeded();
    await desk.bubble("The end").locator(".picture img").waitFor();

    const open = desk.button("Open picture first.jpg");
    await open.focus();
    await desk.page.keyboard.press("Enter");
    const viewer = desk.page.getByRole("dialog", { name: "first.jpg" });
    await viewer.getByRole("img", { name: "first.jpg" }).waitFor();
    await desk.screenshot("files-viewer");
    await desk.accessible("the viewer");
    await desk.page.keyboard.press("ArrowRight");
    await desk.page.getByRole("dialog", { name: "second.jpg" }).getByRole("img", { name: "second.jpg" }).waitFor();
    await desk.button("Previous picture").click();
    await viewer.getByRole("img").waitFor();
    await desk.button("Actual size").click();
    await eventually(
      async () => (await viewer.getByRole("img").boundingBox())?.width === 1_600,
      "the picture in its size",
    );
    await desk.accessible("the zoomed viewer");
    const download = desk.page.waitForEvent("download");
    await desk.button("Download first.jpg").click();
    assert.equal((await download).suggestedFilename(), "first.jpg");
    await desk.page.keyboard.press("Escape");
    await viewer.waitFor({ state: "detached" });
    assert.equal(await open.evaluate((element) => element === document.activeElement), true, "the focus is back");
    noErrors(desk);
    await desk.close();

    const phone = await browser.window(world, "ana", { viewport: PHONE, colorScheme: "dark" });
    await phone.open("Lobby");
    await phone.button("Open picture second.jpg").click();
    await phone.dialog.getByRole("img").waitFor();
    await phone.screenshot("files-viewer-phone");
    await phone.fits("the viewer");
    noErrors(phone);
    await phone.close();
  });

  test("audio plays in the page, files are downloaded, and other places say that a message has files", async () => {
    const sound = await ben.upload(WAV, "bell.wav");
    const pdf = await ben.upload(Buffer.from("%PDF-1.7\n%%EOF"), "rules of the house.pdf");
    const sent = await ben.ok("POST", messages(), { attachments: [sound.id, pdf.id] });
    const desk = await browser.window(world, "ana");
    await desk.open("Lobby");
    const row = desk.page.locator(`[data-message="${sent.id}"]`);
    const audio = row.locator("audio");
    await eventually(() => audio.evaluate((element) => element.duration === 1), "the sound is read");
    const card = row.locator(".file-card");
    assert.match(await card.textContent(), /^Download rules of the house\.pdfPDF file · 14 B/);
    const download = desk.page.waitForEvent("download");
    await card.click();
    assert.equal((await download).suggestedFilename(), "rules of the house.pdf");
    await desk.screenshot("files-audio");
    await desk.accessible("a message with sound");

    // A quote, the saved messages and the pins.
    await row.hover();
    await row.getByRole("button", { name: "More actions" }).click();
    await row.getByRole("button", { name: "Quote", exact: true }).click();
    await desk.page.locator(".composer .quote", { hasText: "2 files" }).waitFor();
    await desk.write("Please read");
    await desk.bubble("Please read").locator(".quote", { hasText: "2 files" }).waitFor();
    await ana.ok("PUT", `/api/me/saved/${sent.id}`);
    await desk.menu("Saved messages");
    await desk.dialog.locator(".files-line", { hasText: "2 files" }).waitFor();
    await desk.screenshot("files-saved");
    await desk.closeDialog();
    await ben.ok("DELETE", `/api/chat/messages/${sent.id}`);
    await row.locator(".bubble.deleted").waitFor();
    assert.equal(await row.locator(".attachments").count(), 0);
    noErrors(desk);
    await desk.close();
  });
});
