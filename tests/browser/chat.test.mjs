// The chat page in Chromium with demo data, in two windows and on a phone.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { seedDemo } from "../../scripts/lib/demo.mjs";
import { PHONE, startBrowser } from "../support/browser.mjs";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

describe("the page", () => {
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

  test("a new visitor picks a demo user and gets that user's conversations", async () => {
    const window = await browser.window(world, "nobody-of-that-name");
    await window.page.getByRole("button", { name: "Ana" }).waitFor();
    await window.accessible("the picker");
    await window.screenshot("picker");
    await window.page.getByRole("button", { name: "Ana" }).click();
    for (const title of ["Lobby", "Night shift", "Ben", "Summer party"]) await window.item(title).waitFor();
    await window.screenshot("inbox");
    assert.deepEqual(window.errors, []);
    await window.close();
  });

  test("two windows chat: messages, typing, presence, seen and unread update live", async () => {
    const [ana, ben] = [await browser.window(world, "ana"), await browser.window(world, "ben")];
    await Promise.all([ana.open("Lobby"), ben.open("Lobby")]);
    await ana.page.locator(".subtitle", { hasText: "Ben" }).waitFor();
    await ana.field.pressSequentially("Is the lift ");
    await ben.page.locator(".subtitle.typing", { hasText: "Ana" }).waitFor();
    await ana.write("Is the lift working again?");
    await ben.bubble("Is the lift working again?").waitFor();
    await ana.bubble("Is the lift working again?").locator("[aria-label=Sent]").waitFor();
    await ben.write("Since ten minutes ago, yes.");
    await ana.bubble("Since ten minutes ago, yes.").waitFor();
    assert.equal((await ana.texts()).filter((text) => text === "Is the lift working again?").length, 1);
    await ana.screenshot("two-windows");
    await ana.accessible("a conversation");

    // Ben has another conversation open: his inbox counts, and reading clears it.
    await ben.open("Ana");
    await ana.write("Great, thank you!");
    await ben.item("Lobby").locator(".badge", { hasText: "1" }).waitFor();
    assert.match((await ben.page.locator(".inbox-item .inbox-title").first().textContent()) ?? "", /Lobby/);
    await ben.open("Lobby");
    await ben.bubble("Great, thank you!").waitFor();
    await ben.item("Lobby").locator(".badge").waitFor({ state: "detached" });

    await ben.close();
    await ana.page.locator(".subtitle", { hasText: "Ben" }).waitFor({ state: "detached" });
    assert.deepEqual([...ana.errors, ...ben.errors], []);
    await ana.close();
  });

  test("a window that was offline catches up, and sends its queued messages once and in order", async () => {
    const [ana, ben] = [await browser.window(world, "ana"), await browser.window(world, "ben")];
    await Promise.all([ana.open("Ben"), ben.open("Ana")]);
    await ana.write("before the tunnel");
    await ben.bubble("before the tunnel").waitFor();
    await ana.bubble("before the tunnel").locator(".seen").waitFor();

    await ana.context.setOffline(true);
    await ana.page.locator(".banner-offline").waitFor();
    await ana.screenshot("offline");
    await ana.write("written in the tunnel, one");
    await ana.write("written in the tunnel, two");
    assert.equal(await ana.page.locator(".message.pending").count(), 2);
    await ben.write("are you there?");
    await ben.write("hello?");
    await ben.bubble("hello?").locator("[aria-label=Sent]").waitFor();
    assert.equal(await ana.bubble("hello?").count(), 0);

    await ana.context.setOffline(false);
    await ana.isLive();
    await ana.bubble("hello?").waitFor();
    await ben.bubble("written in the tunnel, two").waitFor();
    await ana.page.locator(".message.pending").first().waitFor({ state: "detached" });
    const tail = async (window) => (await window.texts()).slice(-5);
    const expected = [
      "before the tunnel",
      "are you there?",
      "hello?",
      "written in the tunnel, one",
      "written in the tunnel, two",
    ];
    await eventually(async () => JSON.stringify(await tail(ana)) === JSON.stringify(expected), "Ana's order");
    assert.deepEqual(await tail(ben), expected);
    await Promise.all([ana.close(), ben.close()]);
  });

  test("after the engine is killed, windows reconnect by themselves and miss nothing", async () => {
    const [ana, ben] = [await browser.window(world, "ana"), await browser.window(world, "ben")];
    await Promise.all([ana.open("Summer party"), ben.open("Lobby")]);
    await ana.write("before the crash");
    await ana.bubble("before the crash").locator("[aria-label=Sent]").waitFor();
    await world.engine.kill();
    await ana.write("after the crash");
    await ana.bubble("after the crash").locator("[aria-label=Sent]").waitFor();
    await Promise.all([ana.isLive(), ben.isLive()]);
    await ben.write("the lobby is back as well");
    await ben.bubble("the lobby is back as well").locator("[aria-label=Sent]").waitFor();
    assert.deepEqual((await ana.texts()).slice(-2), ["before the crash", "after the crash"]);
    await Promise.all([ana.close(), ben.close()]);
  });

  test("an edit and a deletion show in the other window", async () => {
    const [ana, ben] = [await browser.window(world, "ana"), await browser.window(world, "ben")];
    await Promise.all([ana.open("Night shift"), ben.open("Night shift")]);
    await ana.write("All quite tonight");
    await ben.bubble("All quite tonight").waitFor();
    const act = async (text, name) => {
      const row = ana.bubble(text);
      await row.hover();
      await row.getByRole("button", { name: "More actions" }).click();
      await row.getByRole("button", { name }).click();
    };
    await act("All quite tonight", "Edit");
    await ana.write("All quiet tonight");
    await ben.bubble("All quiet tonight").waitFor();
    await act("All quiet tonight", "Delete");
    await ana.page.getByRole("button", { name: "Delete for everybody" }).click();
    await ben.bubble("Message deleted").waitFor();
    assert.equal(await ben.bubble("All quiet tonight").count(), 0);
    await Promise.all([ana.close(), ben.close()]);
  });

  test("reactions and pins show in the other window", async () => {
    const [ana, ben] = [await browser.window(world, "ana"), await browser.window(world, "ben")];
    await Promise.all([ana.open("Ben"), ben.open("Ana")]);
    await ana.write("Shall we meet at eight?");
    await ben.bubble("Shall we meet at eight?").waitFor();
    const act = async (window, name) => {
      const row = window.bubble("Shall we meet at eight?");
      await row.hover();
      await row.getByRole("button", { name: "More actions" }).click();
      await row.getByRole("button", { name, exact: true }).click();
      return row;
    };
    const row = await act(ben, "React");
    await row.getByRole("button", { name: "React with \u{1F44D}" }).click();
    const shown = (window, count) =>
      window.page.getByRole("button", { name: count === 1 ? "\u{1F44D}: 1 person" : `\u{1F44D}: ${count} people` });
    await shown(ana, 1).click();
    await shown(ben, 2).waitFor();
    assert.equal(await shown(ben, 2).getAttribute("aria-pressed"), "true");
    await ben.screenshot("reactions");
    await ben.accessible("a conversation with reactions");
    await shown(ben, 2).click();
    await shown(ana, 1).waitFor();
    await act(ana, "Pin");
    await ben.bubble("Shall we meet at eight?").getByText("pinned").waitFor();
    await ben.page.getByRole("button", { name: "Pinned messages" }).click();
    await ben.page.getByRole("dialog").getByText("Shall we meet at eight?").waitFor();
    await ben.screenshot("pinned");
    await ben.accessible("the pinned messages");
    await ben.page.getByRole("button", { name: "Close" }).click();
    await act(ben, "Unpin");
    await ana.bubble("Shall we meet at eight?").getByText("pinned").waitFor({ state: "detached" });
    assert.deepEqual([...ana.errors, ...ben.errors], []);
    await Promise.all([ana.close(), ben.close()]);
  });

  test("a new chat is found by name and started", async () => {
    const carla = await browser.window(world, "carla");
    await carla.page.getByRole("button", { name: "New chat" }).click();
    await carla.accessible("the new chat");
    await carla.searchPeople("dav");
    await carla.page.getByRole("button", { name: /David/ }).click();
    await carla.isLive();
    await carla.write("Hello David, are you coming to the party?");
    await carla.bubble("Hello David").locator("[aria-label=Sent]").waitFor();
    await carla.item("David").waitFor();
    const david = await browser.window(world, "david");
    await david.item("Carla").locator(".badge", { hasText: "1" }).waitFor();
    await Promise.all([carla.close(), david.close()]);
  });

  test("a phone shows the list or a conversation, without horizontal scrolling", async () => {
    const phone = await browser.window(world, "ana", { viewport: PHONE });
    await phone.item("Lobby").waitFor();
    await phone.screenshot("phone-inbox");
    assert.equal(await phone.field.count(), 0);
    await phone.open("Lobby");
    await phone.field.waitFor();
    assert.equal(await phone.item("Night shift").isVisible(), false);
    await phone.write("From my phone");
    await phone.bubble("From my phone").locator("[aria-label=Sent]").waitFor();
    await phone.fits();
    await phone.screenshot("phone-conversation");
    await phone.accessible("a conversation on a phone");
    await phone.page.getByRole("link", { name: "Back to conversations" }).click();
    await phone.item("Night shift").waitFor();
    await phone.close();
    const dark = await browser.window(world, "ben", { viewport: PHONE, colorScheme: "dark" });
    await dark.open("Lobby");
    await dark.bubble("From my phone").waitFor();
    await dark.accessible("a conversation in the dark");
    await dark.screenshot("phone-dark");
    await dark.close();
  });
});
