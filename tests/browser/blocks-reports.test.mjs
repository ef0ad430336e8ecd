// Blocks and reports of the chat page, with demo data.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { seedDemo } from "../../scripts/lib/demo.mjs";
import { PHONE, startBrowser } from "../support/browser.mjs";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

describe("blocks and reports", () => {
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

  test("a person who is blocked from a message is hidden in rooms until their message is shown", async () => {
    const [ana, ben] = [await browser.window(world, "ana"), await browser.window(world, "ben")];
    await Promise.all([ana.open("Lobby"), ben.open("Lobby")]);
    const row = await ana.act("The technician comes at two", "Block Ben");
    await ana.screenshot("block-confirm");
    await ana.accessible("the question");
    await row.getByRole("button", { name: "Really block Ben?" }).click();
    const hidden = ana.page.locator(".message", { hasText: "Message of a person you have blocked" });
    await hidden.first().waitFor();
    assert.equal(await ana.bubble("The technician comes at two").count(), 0);
    await ben.write("Can you read this?");
    await ana.item("Lobby").getByText("Message of a person you have blocked").waitFor();
    await ana.accessible("hidden messages");
    await ana.screenshot("blocked-messages");
    await hidden.last().getByRole("button", { name: "Show" }).click();
    await ana.bubble("Can you read this?").waitFor();

    // In the direct conversation the composer says so, on a phone too; the other one sees only that it is refused.
    const phone = await browser.window(world, "ana", { viewport: PHONE });
    await phone.open("Ben");
    await phone.page.getByText("You have blocked Ben.").waitFor();
    assert.equal(await phone.field.count(), 0);
    await phone.screenshot("blocked-dm-phone");
    await phone.accessible("a blocked direct chat");
    await ben.open("Ana");
    await ben.write("Hello?");
    await ben.page.getByText("You cannot write to each other.").waitFor();
    await ben.accessible("a refused message");
    await ben.screenshot("blocked-refusal");
    await ben.button("Discard").click();

    await ana.menu("Blocked people");
    await ana.screenshot("blocked-people");
    await ana.accessible("the blocked people");
    await ana.button("Unblock Ben").click();
    await ana.dialog.getByText("You have not blocked anybody.").waitFor();
    await ana.closeDialog();
    await ana.bubble("The technician comes at two").waitFor();
    await ben.write("Hello again");
    await ben.bubble("Hello again").locator("[aria-label=Sent]").waitFor();
    noErrors(ana, ben, phone);
    await Promise.all([ana.close(), ben.close(), phone.close()]);
  });

  test("a person is blocked and unblocked from the settings of a direct chat", async () => {
    const ana = await browser.window(world, "ana", { viewport: PHONE });
    await ana.open("Ben");
    await ana.settings();
    await ana.button("Block Ben").click();
    await ana.button("Really block Ben?").click();
    await ana.dialog.getByRole("button", { name: "Unblock Ben" }).waitFor();
    await ana.screenshot("settings-dm-phone");
    await ana.closeDialog();
    await ana.page.getByText("You have blocked Ben.").waitFor();
    await ana.button("Unblock Ben").click();
    await ana.field.waitFor();
    noErrors(ana);
    await ana.close();
  });

  test("a reported message comes to the moderators, who resolve the report", async () => {
    const [ben, admin] = [
      await browser.window(world, "ben", { viewport: PHONE }),
      await browser.window(world, "admin", { viewport: PHONE, colorScheme: "dark" }),
    ];
    await ben.open("Lobby");
    await ben.bubble("I can help to carry").waitFor();
    await ben.act("I can help to carry", "Report");
    await ben.page.getByRole("radio", { name: "Harassment" }).check();
    await ben.page.getByLabel("Note for the moderators (optional)").fill("He rings at night.");
    await ben.screenshot("report-phone");
    await ben.fits("the report");
    await ben.accessible("the report");
    await ben.dialog.getByRole("button", { name: "Report" }).click();
    await ben.dialog.getByText("Thank you. The moderators will look at it.").waitFor();
    await ben.dialog.locator(".form").getByRole("button", { name: "Close" }).click();
    await ben.act("That is kind of you, David!", "Report");
    await ben.dialog.getByRole("button", { name: "Report" }).click();
    await ben.dialog.getByText("Thank you. The moderators will look at it.").waitFor();
    await ben.closeDialog();

    // Members who moderate nothing have no such entry.
    await ben.page.getByRole("link", { name: "Back to conversations" }).click();
    await ben.page.getByRole("button", { name: "More", exact: true }).click();
    await ben.button("Saved messages").waitFor();
    assert.equal(await ben.button("Reports").count(), 0);
    await ben.page.keyboard.press("Escape");

    await admin.menu("Reports");
    const report = admin.dialog.locator("li", { hasText: "He rings at night." });
    await report.getByText("I can help to carry").waitFor();
    await report.getByText("Harassment").waitFor();
    await admin.screenshot("reports-phone");
    await admin.fits("the reports");
    await admin.accessible("the reports");
    const other = admin.dialog.locator("li", { hasText: "That is kind of you, David!" });
    await other.getByRole("button", { name: "Resolve the report of the message of Carla" }).click();
    await other.waitFor({ state: "detached" });
    await report.getByLabel("What to do").selectOption("Delete the message");
    await report.getByLabel("Note; a muted or banned author sees it").fill("Not here.");
    await report.getByRole("button", { name: /Resolve/ }).click();
    await admin.dialog.getByText("No open reports.").waitFor();
    await admin.closeDialog();
    await ben.open("Lobby");
    await ben.bubble("Message deleted").waitFor();

    // A ban asks first.
    await ben.act("Great. I have a delivery", "Report");
    await ben.dialog.getByRole("button", { name: "Report" }).click();
    await ben.dialog.getByText("Thank you.").waitFor();
    await admin.menu("Reports");
    const third = admin.dialog.locator("li", { hasText: "I have a delivery" });
    await third.getByLabel("What to do").selectOption("Ban the author");
    await third.getByRole("button", { name: /Resolve/ }).click();
    await third.getByRole("button", { name: "Really ban?" }).click();
    await admin.dialog.getByText("No open reports.").waitFor();
    const carla = await browser.window(world, "carla");
    await carla.item("Summer party").waitFor();
    assert.equal(await carla.item("Lobby").count(), 0);

    // Who becomes a moderator gets the entry at once.
    const hers = world.person("1", { name: "Admin", roles: ["admin"] });
    const lobby = (await hers.ok("GET", "/api/chat/conversations")).data.find(({ room_name }) => room_name === "Lobby");
    await ben.closeDialog();
    await ben.page.getByRole("link", { name: "Back to conversations" }).click();
    await hers.ok("PUT", `/api/chat/rooms/${lobby.room_id}/members/8`, { role: "moderator" });
    await ben.page.getByRole("button", { name: "More", exact: true }).click();
    await ben.page.getByRole("button", { name: "Reports", exact: true }).click();
    await ben.dialog.getByText("No open reports.").waitFor();
    noErrors(ben, admin, carla);
    await Promise.all([ben.close(), admin.close(), carla.close()]);
  });

  test("the menu of a message is used with the keyboard", async () => {
    const ana = await browser.window(world, "ana");
    await ana.open("Night shift");
    const row = ana.bubble("Thanks, I will look at it");
    const more = row.getByRole("button", { name: "More actions" });
    await more.focus();
    await ana.page.keyboard.press("Enter");
    await row.getByRole("button", { name: "React", exact: true }).waitFor();
    const focused = () => ana.page.evaluate(() => document.activeElement?.textContent);
    assert.equal(await focused(), "React");
    await ana.page.keyboard.press("ArrowDown");
    assert.equal(await focused(), "Reply in thread");
    await ana.page.keyboard.press("ArrowUp");
    await ana.page.keyboard.press("ArrowUp");
    assert.equal(await focused(), "Block Ben");
    await ana.screenshot("message-menu");
    await ana.accessible("the menu");
    await ana.page.keyboard.press("Escape");
    await row.getByRole("button", { name: "React", exact: true }).waitFor({ state: "detached" });
    assert.equal(await more.evaluate((button) => button === document.activeElement), true);
    await ana.page.keyboard.press("Enter");
    await ana.page.keyboard.press("ArrowUp");
    await ana.page.keyboard.press("ArrowUp");
    await ana.page.keyboard.press("Enter");
    await ana.dialog.locator(".dialog-header button:focus").waitFor();
    await ana.page.keyboard.press("Enter");
    await ana.dialog.waitFor({ state: "detached" });
    await eventually(() => more.evaluate((button) => button === document.activeElement), "focus after the dialog");
    const phone = await browser.window(world, "ana", { viewport: PHONE, colorScheme: "dark" });
    await phone.open("Night shift");
    const last = phone.bubble("Will do.");
    await last.hover();
    await last.getByRole("button", { name: "More actions" }).click();
    await last.getByRole("button", { name: "Report" }).waitFor();
    await phone.screenshot("message-menu-phone");
    await phone.accessible("the menu in the dark");
    await phone.fits("the menu");
    noErrors(ana, phone);
    await Promise.all([ana.close(), phone.close()]);
  });
});
