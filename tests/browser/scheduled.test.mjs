// Messages that are sent later, and mentions of all members, on the chat page with demo data.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import { seedDemo } from "../../scripts/lib/demo.mjs";
import { PHONE, startBrowser } from "../support/browser.mjs";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

const HOUR_MS = 3_600_000;

describe("messages that are sent later", () => {
  let world, browser, folder, admin, ana, ben, lobby;
  const windows = [];

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "campana-demo-"));
    world = await startWorld({ limits: WIDE });
    await seedDemo(world.url, folder);
    admin = world.person("1", { name: "Admin", roles: ["admin"] });
    [ana, ben] = [world.person("7", { name: "Ana" }), world.person("8", { name: "Ben" })];
    const { data } = await ana.ok("GET", "/api/chat/conversations");
    lobby = data.find(({ room_name }) => room_name === "Lobby");
    browser = await startBrowser();
  });
  afterEach(async () => {
    const opened = windows.splice(0);
    await Promise.all(opened.map((window) => window.close()));
    assert.deepEqual(
      opened.flatMap(({ errors }) => errors),
      [],
    );
  });
  after(async () => {
    await browser?.stop();
    await world?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const open = async (person, options) => {
    const window = await browser.window(world, person, options);
    windows.push(window);
    return window;
  };
  const path = () => `/api/chat/conversations/${lobby.id}`;
  const pending = async () => (await ana.ok("GET", "/api/me/scheduled")).data;
  const later = (window, place = window.page.locator(".conversation")) =>
    place.getByRole("button", { name: "Send later" });
  const row = ({ dialog }, text) => dialog.locator("li", { hasText: text });
  const inMs = (millis) => new Date(Date.now() + millis).toISOString();

  test("a message waits for its time, is listed, edited and cancelled", async () => {
    const [desk, phone] = [
      await open("ana"),
      await open("ana", { viewport: PHONE, colorScheme: "dark", locale: "es-MX" }),
    ];
    await desk.open("Lobby");
    assert.equal(await later(desk).isDisabled(), true, "there is nothing to send");
    await desk.field.fill("Please bring the keys.");
    await later(desk).click();
    await desk.page.getByLabel("At another time").waitFor();
    await desk.screenshot("send-later");
    await desk.accessible("the times");
    // A time that has passed, and one that is too far.
    for (const [year, words] of [
      ["2020", "This time has passed."],
      ["2199", "A message can be scheduled for a year ahead at most."],
    ]) {
      await desk.page.getByLabel("At another time").fill(`${year}-01-01T09:00`);
      await desk.page.getByRole("button", { name: "Schedule", exact: true }).click();
      await desk.page.getByText(words).waitFor();
    }
    assert.deepEqual(await pending(), []);
    await desk.page.getByRole("button", { name: "In 1 hour" }).click();
    await desk.page.getByRole("button", { name: "1 scheduled message" }).waitFor();
    assert.equal(await desk.field.inputValue(), "");
    const [stored] = await pending();
    const wait = Date.parse(stored.send_at) - Date.now();
    assert.ok(wait > HOUR_MS - 60_000 && wait <= HOUR_MS, stored.send_at);
    assert.equal(stored.body, "Please bring the keys.");
    await desk.screenshot("scheduled-note");
    await desk.accessible("a conversation with a scheduled message");
    await eventually(async () => (await ana.ok("GET", `${path()}/draft`)).body === null, "the draft is cleared");

    // The list, on another device in Spanish.
    await phone.page.getByRole("button", { name: "Más", exact: true }).click();
    await phone.page.getByRole("button", { name: "Mensajes programados" }).click();
    await row(phone, "Please bring the keys.").getByText("Lobby").waitFor();
    await phone.screenshot("scheduled-phone-dark");
    await phone.accessible("the list on a phone");
    await phone.fits("the list");

    // Edited: it is a draft again.
    await desk.field.fill("By the way:");
    await desk.page.getByRole("button", { name: "1 scheduled message" }).click();
    await row(desk, "Please bring the keys.").waitFor();
    await desk.screenshot("scheduled");
    await desk.accessible("the list");
    await desk.page.getByRole("button", { name: "Edit the message: Please bring the keys." }).click();
    await desk.dialog.waitFor({ state: "detached" });
    await eventually(
      async () => (await desk.field.inputValue()) === "By the way:\n\nPlease bring the keys.",
      "both texts are there",
    );
    assert.deepEqual(await pending(), []);

    // At a time of the user's choice; then it is cancelled on the other device, which does not know that it is gone.
    await later(desk).click();
    const at = new Date(Date.now() + 30 * 24 * HOUR_MS);
    const local = `${at.toLocaleDateString("sv")}T09:30`;
    await desk.page.getByLabel("At another time").fill(local);
    await desk.page.getByLabel("At another time").press("Enter");
    await desk.page.getByRole("button", { name: "1 scheduled message" }).waitFor();
    const [second] = await pending();
    assert.equal(Date.parse(second.send_at), new Date(local).getTime());
    await phone.page.keyboard.press("Escape");
    await phone.page.getByRole("button", { name: "Más", exact: true }).click();
    await phone.page.getByRole("button", { name: "Mensajes programados" }).click();
    await row(phone, "By the way")
      .getByRole("button", { name: /^Cancelar el mensaje/ })
      .click();
    await phone.dialog.getByText("No hay mensajes programados.").waitFor();
    assert.deepEqual(await pending(), []);
  });

  test("what the server refuses is explained, and the text stays", async () => {
    const desk = await open("ana");
    await desk.open("Lobby");
    const answers = [
      [422, "invalid", { errors: [{ field: "send_at", detail: "is not in the future" }] }, "This time has passed."],
      [409, "conflict", {}, "You have 100 scheduled messages already. Cancel one first."],
    ];
    await desk.field.fill("It is not sent.");
    for (const [status, slug, members, words] of answers) {
      await desk.page.route("**/scheduled", (route) =>
        route.request().method() === "POST"
          ? route.fulfill({ status, json: { type: `https://x/problems/${slug}`, title: "No", status, ...members } })
          : route.fallback(),
      );
      await later(desk).click();
      await desk.page.getByRole("button", { name: "In 1 hour" }).click();
      await desk.page.getByRole("alert").getByText(words).waitFor();
      assert.equal(await desk.field.inputValue(), "It is not sent.");
      await desk.page.unroute("**/scheduled");
    }
    await desk.accessible("a refusal");
    await desk.field.fill("");
    assert.deepEqual(await pending(), []);
  });

  test("a reply with a quote keeps both, and is sent to its thread at its time", async () => {
    const first = await ben.ok("POST", `${path()}/messages`, { body: "Who waters the plants?" });
    await ben.ok("POST", `${path()}/messages`, { body: "Next week I am away.", parent_id: first.id });
    const desk = await open("ana");
    await desk.open("Lobby");
    await desk.bubble("Who waters the plants?").locator(".thread-line a").click();
    const thread = desk.page.locator(".thread");
    const message = thread.locator(".message", { hasText: "Next week I am away." });
    await message.hover();
    await message.getByRole("button", { name: "More actions" }).click();
    await message.getByRole("button", { name: "Quote", exact: true }).click();
    await thread.getByRole("textbox", { name: "Reply" }).fill("I can do it.");
    await thread.getByRole("checkbox", { name: "Also send to the conversation" }).check();
    await later(desk, thread).click();
    await thread.getByRole("button", { name: "In 1 hour" }).click();
    await thread.getByRole("button", { name: "1 scheduled message" }).click();
    const [stored] = await pending();
    assert.deepEqual([stored.parent_id, stored.also_in_channel, stored.quote_id !== null], [first.id, true, true]);
    await row(desk, "I can do it.").getByText("in a thread · with a quote").waitFor();
    await row(desk, "I can do it.").getByRole("button", { name: /^Edit/ }).click();
    await thread.locator(".editing", { hasText: "Quoting Ben" }).waitFor();
    assert.equal(await thread.getByRole("textbox", { name: "Reply" }).inputValue(), "I can do it.");
    assert.equal(await thread.getByRole("checkbox", { name: "Also send to the conversation" }).isChecked(), true);
    await thread.getByRole("textbox", { name: "Reply" }).fill("");

    // One that is sent leaves the list, which is open.
    await ana.ok("POST", `${path()}/scheduled`, { body: "Good evening", send_at: inMs(3_000) });
    await desk.menu("Scheduled messages");
    await row(desk, "Good evening").waitFor();
    await row(desk, "Good evening").waitFor({ state: "detached" });
    await desk.closeDialog();
    await desk.bubble("Good evening").waitFor();
  });

  test("one that could not be sent says why, and its text can be used again", async () => {
    const desk = await open("ana");
    await desk.open("Lobby");
    await ana.ok("POST", `${path()}/scheduled`, { body: "Too late", send_at: inMs(2_500) });
    await admin.ok("POST", `/api/chat/rooms/${lobby.room_id}/members/7/mute`, { until: inMs(600_000) });
    await desk.page.getByRole("button", { name: /^Notifications, \d+ unread/ }).click();
    await desk.dialog.getByRole("button", { name: /^Unread: A scheduled message was not sent/ }).click();
    await desk.dialog.getByRole("heading", { name: "Scheduled messages" }).waitFor();
    await row(desk, "Too late").getByText("You were muted.").waitFor();
    await desk.screenshot("scheduled-failed");
    await desk.accessible("a message that was not sent");
    await admin.ok("DELETE", `/api/chat/rooms/${lobby.room_id}/members/7/mute`);
    await row(desk, "Too late").getByRole("button", { name: /^Edit/ }).click();
    await eventually(async () => (await desk.field.inputValue()) === "Too late", "the text is back");
    await desk.field.fill("");
    const failed = await ana.ok("GET", "/api/me/scheduled?status=failed");
    assert.deepEqual(failed.data, []);
  });

  test("moderators are offered all members after an @, and others are not", async () => {
    const [moderator, member] = [await open("admin"), await open("ben", { viewport: PHONE })];
    await Promise.all([moderator.open("Lobby"), member.open("Lobby")]);
    await moderator.field.pressSequentially("@he");
    const option = moderator.page.getByRole("option", { name: "@here All members" });
    await option.waitFor();
    await moderator.screenshot("mention-all");
    await moderator.accessible("the mention of all members");
    await moderator.field.press("Enter");
    assert.equal(await moderator.field.inputValue(), "@here ");
    await moderator.field.pressSequentially("the lift works, @roo");
    await moderator.page.getByRole("option", { name: "@room All members" }).click();
    await moderator.field.press("Enter");
    await member.page.locator(".mention-me", { hasText: "@here" }).waitFor();
    await member.page.locator(".mention-me", { hasText: "@room" }).waitFor();
    await member.field.pressSequentially("@ro");
    const isFound = async () =>
      (await member.page.evaluate(() => performance.getEntriesByType("resource"))).some(({ name }) =>
        name.includes("/members?q=ro"),
      );
    await eventually(isFound, "the suggestions are there");
    assert.equal(await member.page.getByRole("option", { name: "@room" }).count(), 0);
  });
});
