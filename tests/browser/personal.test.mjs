// Drafts, saved messages and preferences of the chat page, on two devices of one user, with demo data.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { seedDemo } from "../../scripts/lib/demo.mjs";
import { PHONE, startBrowser } from "../support/browser.mjs";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

describe("what only the user sees", () => {
  let world, browser, folder, ana;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "campana-demo-"));
    world = await startWorld({ limits: WIDE });
    await seedDemo(world.url, folder);
    ana = world.person("7", { name: "Ana" });
    browser = await startBrowser();
  });
  after(async () => {
    await browser?.stop();
    await world?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const conversations = async (person) => (await person.ok("GET", "/api/chat/conversations")).data;
  const idOf = async (person, name) => (await conversations(person)).find(({ room_name }) => room_name === name).id;
  const draftOf = async (id) => (await ana.ok("GET", `/api/chat/conversations/${id}/draft`)).body;
  const noErrors = (...windows) =>
    assert.deepEqual(
      windows.flatMap(({ errors }) => errors),
      [],
    );

  test("a draft is saved, marked in the list, follows another device, and ends with its message", async () => {
    const lobby = await idOf(ana, "Lobby");
    const [desk, phone] = [await browser.window(world, "ana"), await browser.window(world, "ana", { viewport: PHONE })];
    await desk.open("Lobby");
    await desk.field.pressSequentially("Does anyone have a");
    await phone.item("Lobby").locator(".draft-mark").waitFor();
    assert.equal(await draftOf(lobby), "Does anyone have a");
    await phone.screenshot("draft-phone-list");
    await phone.accessible("a draft in the list");
    await phone.open("Lobby");
    await eventually(async () => (await phone.field.inputValue()) === "Does anyone have a", "the draft on the phone");
    await phone.field.pressSequentially(" ladder");
    await eventually(
      async () => (await desk.field.inputValue()) === "Does anyone have a ladder",
      "the draft at the desk",
    );

    // Text that is being typed stays, and replaces the state of the other device.
    await desk.field.pressSequentially("?");
    await phone.field.press("Backspace");
    await eventually(async () => (await desk.field.inputValue()) === (await phone.field.inputValue()), "one text");

    // It survives a reload, and the list shows it while another conversation is open.
    await desk.page.reload();
    await desk.isLive();
    await eventually(async () => (await desk.field.inputValue()) !== "", "the draft after a reload");
    await desk.open("Night shift");
    await desk.item("Lobby").locator(".draft-mark").waitFor();
    await desk.screenshot("draft-list");
    await desk.open("Lobby");
    await desk.write("Does anyone have a ladder?");
    await eventually(async () => (await phone.field.inputValue()) === "", "the phone's field is empty");
    await eventually(async () => (await draftOf(lobby)) === null, "the stored draft is cleared");
    await desk.open("Night shift");
    assert.equal(await desk.item("Lobby").locator(".draft-mark").count(), 0);
    noErrors(desk, phone);
    await Promise.all([desk.close(), phone.close()]);
  });

  test("a draft that is left within a moment is saved at once", async () => {
    const night = await idOf(ana, "Night shift");
    const desk = await browser.window(world, "ana");
    await desk.open("Night shift");
    await desk.field.fill("The lamp arr");
    await desk.item("Lobby").click();
    await eventually(async () => (await draftOf(night)) === "The lamp arr", "the draft");
    await desk.open("Night shift");
    assert.equal(await desk.field.inputValue(), "The lamp arr");
    await desk.field.fill("");
    await eventually(async () => (await draftOf(night)) === null, "an empty text clears it");
    await desk.close();
  });

  test("a saved message is on the list of every device, leads to the message, and can be removed", async () => {
    const lobby = await idOf(ana, "Lobby");
    const ben = world.person("8", { name: "Ben" });
    for (let n = 0; n < 70; n += 1) {
      await ben.ok("POST", `/api/chat/conversations/${lobby}/messages`, { body: `Parcel ${n} has arrived` });
    }
    const [desk, phone] = [
      await browser.window(world, "ana"),
      await browser.window(world, "ana", { viewport: PHONE, colorScheme: "dark" }),
    ];
    await desk.open("Night shift");
    await desk.act("Yes, on the hook", "Save");
    await phone.menu("Saved messages");
    await phone.dialog.getByText("Yes, on the hook").waitFor();
    const { data: lines } = await ana.history(lobby, "limit=100&after=0");
    const early = lines.find(({ body }) => body?.startsWith("Welcome to the lobby"));
    await ana.ok("PUT", `/api/me/saved/${early.id}`);
    await phone.dialog.getByText(early.body).waitFor();
    await phone.screenshot("saved-phone");
    await phone.accessible("the saved messages");
    await phone.fits("the saved messages");

    // The message is further back than what a conversation loads first.
    await phone.dialog.getByRole("button", { name: "Go to message of Admin" }).click();
    const target = phone.page.locator(".message.target", { hasText: early.body });
    await target.waitFor();
    await eventually(() => target.evaluate((row) => row === document.activeElement), "the focus is on the message");
    assert.ok(
      await target.evaluate((row) => {
        const { top, bottom } = row.getBoundingClientRect();
        return top >= 0 && bottom <= window.innerHeight;
      }),
      "it is in view",
    );
    await phone.screenshot("jump-phone");

    await desk.menu("Saved messages");
    await desk.screenshot("saved");
    await desk.dialog.getByRole("button", { name: "Remove the message of Ana from the saved ones" }).click();
    await desk.dialog.getByText("Yes, on the hook").waitFor({ state: "detached" });
    await desk.closeDialog();
    await desk.act("Yes, on the hook", "Save");
    await desk.act("Yes, on the hook", "Remove from saved");
    await phone.page.getByRole("link", { name: "Back to conversations" }).click();
    await phone.menu("Saved messages");
    await phone.dialog.getByText(early.body).waitFor();
    assert.equal(await phone.dialog.locator("li").count(), 1);
    noErrors(desk, phone);
    await Promise.all([desk.close(), phone.close()]);
  });

  test("favorites and archived conversations have sections, and mutes marks, on every device", async () => {
    const [desk, phone] = [
      await browser.window(world, "ana"),
      await browser.window(world, "ana", { viewport: PHONE, colorScheme: "dark" }),
    ];
    await phone.item("Lobby").waitFor();
    await desk.open("Night shift");
    await desk.settings();
    await desk.page.getByRole("checkbox", { name: "Favorite" }).check();
    await desk.page.getByRole("radio", { name: "Only mentions" }).check();
    await desk.page.getByRole("button", { name: "Mute notifications for 8 hours" }).click();
    await desk.dialog.getByText(/^Muted until/).waitFor();
    await desk.screenshot("settings");
    await desk.accessible("the settings");
    await desk.closeDialog();
    await phone.page.getByRole("heading", { name: "Favorites" }).waitFor();
    await phone.item("Night shift").getByRole("img", { name: "Notifications are muted" }).waitFor();
    const [first] = await phone.page.locator(".inbox-item .inbox-title").allInnerTexts();
    assert.match(first, /Night shift/);

    await phone.open("Summer party");
    await phone.settings();
    await phone.screenshot("settings-phone");
    await phone.fits("the settings");
    await phone.accessible("the settings on a phone");
    await phone.page.getByRole("checkbox", { name: /Archived/ }).check();
    await desk.page.getByText("Archived (1)").click();
    await desk.page.locator(".archived .inbox-item", { hasText: "Summer party" }).waitFor();
    await desk.screenshot("archived");
    await desk.accessible("archived conversations");

    // A message of another person brings it back.
    const carla = world.person("9", { name: "Carla" });
    const party = (await conversations(carla)).find(({ type }) => type === "group").id;
    await carla.ok("POST", `/api/chat/conversations/${party}/messages`, { body: "I bring the music." });
    await desk.page.locator(".archived").waitFor({ state: "detached" });
    await desk.item("Summer party").waitFor();

    // A time of the user's choice.
    await desk.settings();
    await desk.page.getByRole("button", { name: "Unmute" }).click();
    const tomorrow = new Date(Date.now() + 86_400_000);
    await desk.page.getByLabel("Mute until").fill(`${tomorrow.toISOString().slice(0, 10)}T08:00`);
    await desk.page.getByRole("button", { name: "Mute", exact: true }).click();
    await desk.dialog.getByText(/^Muted until/).waitFor();
    await desk.page.getByRole("checkbox", { name: "Favorite" }).uncheck();
    await desk.page.getByRole("button", { name: "Unmute" }).click();
    await desk.page.getByRole("radio", { name: "All messages" }).check();
    await desk.closeDialog();
    noErrors(desk, phone);
    await Promise.all([desk.close(), phone.close()]);
  });

  test("a gap in the numbers of the own channel makes the page fetch its lists again", async () => {
    const night = await idOf(ana, "Night shift");
    let drops = false;
    const prepare = (page) =>
      page.routeWebSocket(/\/api\/me\/socket/, (socket) => {
        const server = socket.connectToServer();
        server.onMessage((text) => {
          if (drops && String(text).includes("preferences.updated")) drops = false;
          else socket.send(text);
        });
      });
    const desk = await browser.window(world, "ana", { prepare });
    await desk.item("Night shift").waitFor();
    await desk.page.locator(".sidebar-header .dot-live").waitFor();
    drops = true;
    const preferences = `/api/chat/conversations/${night}/preferences`;
    await ana.ok("PATCH", preferences, { favorite: true });
    await eventually(() => !drops, "the event is lost");
    assert.equal(await desk.page.getByRole("heading", { name: "Favorites" }).count(), 0);
    await ana.ok("PUT", `/api/chat/conversations/${await idOf(ana, "Lobby")}/draft`, { body: "Next event" });
    await desk.page.getByRole("heading", { name: "Favorites" }).waitFor();
    noErrors(desk);
    await desk.close();
  });
});
