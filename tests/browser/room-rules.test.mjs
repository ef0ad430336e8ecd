// Slow mode, announcement rooms and earlier texts of the chat page, with demo data.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { seedDemo } from "../../scripts/lib/demo.mjs";
import { PHONE, startBrowser } from "../support/browser.mjs";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

describe("rules of rooms", () => {
  let world, browser, folder;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "campana-demo-"));
    world = await startWorld({ limits: WIDE });
    await seedDemo(world.url, folder);
    browser = await startBrowser();
  });
  after(async () => {
    await browser?.stop();
    await world?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const noErrors = (...windows) =>
    assert.deepEqual(
      windows.flatMap(({ errors }) => errors),
      [],
    );

  test("a moderator sets slow mode, and the composer of a member says how long to wait", async () => {
    const [admin, ana] = [
      await browser.window(world, "admin"),
      await browser.window(world, "ana", { viewport: PHONE, colorScheme: "dark" }),
    ];
    await Promise.all([admin.open("Lobby"), ana.open("Lobby")]);
    await admin.settings();
    await admin.page.getByLabel("Slow mode").selectOption("One message in 10 seconds");
    await admin.screenshot("room-rules");
    await admin.accessible("the rules");
    await ana.page.getByText("Slow mode: one message in 10 seconds.").waitFor();
    await ana.write("The first");
    const wait = ana.page.getByText(/Slow mode: you can write again in 0:\d\d\./);
    await wait.waitFor();
    await ana.field.fill("The second");
    assert.equal(await ana.page.getByRole("button", { name: "Send", exact: true }).isDisabled(), true);
    await ana.screenshot("slow-mode-phone");
    await ana.accessible("slow mode");
    await ana.field.press("Enter");
    assert.equal(await ana.field.inputValue(), "The second", "the text stays");
    await ana.page.getByText("Slow mode: one message in 10 seconds.").waitFor();
    await ana.field.press("Enter");
    await ana.bubble("The second").locator("[aria-label=Sent]").waitFor();

    // Another device of hers does not know of the message that waits for its refusal.
    const hers = world.person("7", { name: "Ana" });
    const lobby = (await hers.ok("GET", "/api/chat/conversations")).data.find(({ room_name }) => room_name === "Lobby");
    const refused = await hers.call("POST", `/api/chat/conversations/${lobby.id}/messages`, { body: "Too fast" });
    assert.equal(refused.status, 429);

    // Moderators are exempt, and turn it off.
    await admin.closeDialog();
    for (const text of ["Moderator one", "Moderator two"]) {
      await admin.write(text);
      await admin.bubble(text).locator("[aria-label=Sent]").waitFor();
    }
    assert.equal(await admin.page.getByText(/^Slow mode:/).count(), 0);
    await admin.settings();
    await admin.page.getByLabel("Slow mode").selectOption("Off");
    await ana.page.getByText(/^Slow mode:/).waitFor({ state: "detached" });
    noErrors(admin, ana);
    await Promise.all([admin.close(), ana.close()]);
  });

  test("a refusal of slow mode shows the wait, and the message is sent by itself", async () => {
    const admin = world.person("1", { name: "Admin", roles: ["admin"] });
    const ana = world.person("7", { name: "Ana" });
    const lobby = (await admin.ok("GET", "/api/chat/conversations")).data.find(
      ({ room_name }) => room_name === "Lobby",
    );
    const desk = await browser.window(world, "ana");
    await desk.open("Lobby");
    await desk.bubble("The second").waitFor();
    await desk.context.setOffline(true);
    await desk.page.locator(".banner-offline").waitFor();
    await admin.ok("PUT", `/api/chat/rooms/${lobby.room_id}`, { slow_mode_s: 8 });
    const fromAnother = { body: "From another device" };
    const send = () => ana.call("POST", `/api/chat/conversations/${lobby.id}/messages`, fromAnother);
    await eventually(async () => (await send()).status === 201, "her last message is long enough ago");
    await desk.write("From the tunnel");
    await desk.context.setOffline(false);
    await desk.page.getByText(/Slow mode: you can write again in/).waitFor();
    assert.equal(await desk.page.locator(".message.pending").count(), 1);
    await desk.bubble("From the tunnel").locator("[aria-label=Sent]").waitFor();
    const { data } = await ana.history(lobby.id);
    assert.deepEqual(
      data.slice(0, 2).map(({ body }) => body),
      ["From the tunnel", "From another device"],
    );
    await admin.ok("PUT", `/api/chat/rooms/${lobby.room_id}`, { slow_mode_s: 0 });
    noErrors(desk);
    await desk.close();
  });

  test("in a room for announcements only moderators write", async () => {
    const [admin, ana] = [
      await browser.window(world, "admin", { viewport: PHONE }),
      await browser.window(world, "ana", { viewport: PHONE }),
    ];
    await Promise.all([admin.open("Night shift"), ana.open("Night shift")]);
    await admin.settings();
    await admin.page.getByLabel("Who writes").selectOption("Only moderators");
    await admin.screenshot("room-rules-phone");
    await admin.fits("the rules");
    await ana.page.getByText("Only moderators write in this room.").waitFor();
    assert.equal(await ana.field.count(), 0);
    await ana.screenshot("announcements-phone");
    await ana.accessible("announcements");
    await admin.closeDialog();
    await admin.write("The heating is off on Monday.");
    await ana.bubble("The heating is off on Monday.").waitFor();
    await admin.settings();
    await admin.page.getByLabel("Who writes").selectOption("Everybody");
    await ana.field.waitFor();
    noErrors(admin, ana);
    await Promise.all([admin.close(), ana.close()]);
  });

  test("the mark of an edited message opens its earlier texts, for the author and moderators", async () => {
    const [ana, admin, ben] = [
      await browser.window(world, "ana"),
      await browser.window(world, "admin", { viewport: PHONE }),
      await browser.window(world, "ben"),
    ];
    await Promise.all([ana.open("Night shift"), admin.open("Night shift"), ben.open("Night shift")]);
    await ana.write("All quite tonight");
    await ana.bubble("All quite tonight").locator("[aria-label=Sent]").waitFor();
    await ana.act("All quite tonight", "Edit");
    await ana.write("All quiet tonight");
    for (const window of [ana, admin]) {
      await window.bubble("All quiet tonight").getByRole("button", { name: "edited: show earlier texts" }).click();
      await window.dialog.getByText("All quite tonight").waitFor();
      await window.accessible("the earlier texts");
    }
    await ana.screenshot("earlier-texts");
    await admin.screenshot("earlier-texts-phone");
    await admin.fits("the earlier texts");
    await ben.bubble("All quiet tonight").getByText("edited").waitFor();
    assert.equal(await ben.button("edited: show earlier texts").count(), 0);
    noErrors(ana, admin, ben);
    await Promise.all([ana.close(), admin.close(), ben.close()]);
  });
});
