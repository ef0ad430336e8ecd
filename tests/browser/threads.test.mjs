// Threads, quotes, mentions and messages marked as unread on the chat page, with demo data.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { seedDemo } from "../../scripts/lib/demo.mjs";
import { PHONE, startBrowser } from "../support/browser.mjs";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

describe("threads and what belongs to them", () => {
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

  const say = (person, draft) => person.ok("POST", `/api/chat/conversations/${lobby}/messages`, draft);
  const pane = ({ page }) => page.locator(".thread");
  const replyField = (window) => pane(window).getByRole("textbox", { name: "Reply" });
  const inConversation = ({ page }, text) =>
    page.locator(".conversation .message", { has: page.locator(".bubble .body", { hasText: text }) });
  const inThread = ({ page }, text) =>
    page.locator(".thread .message", { has: page.locator(".bubble .body", { hasText: text }) });
  const noErrors = (...windows) =>
    assert.deepEqual(
      windows.flatMap(({ errors }) => errors),
      [],
    );

  test("a thread is opened beside its conversation or over it, and both sides of it are live", async () => {
    const first = await say(ben, { body: "Who has the long ladder?" });
    const [desk, phone] = [
      await browser.window(world, "ana"),
      await browser.window(world, "ben", { viewport: PHONE, colorScheme: "dark" }),
    ];
    await Promise.all([desk.open("Lobby"), phone.open("Lobby")]);
    await desk.act("Who has the long ladder?", "Reply in thread");
    await desk.page.getByRole("complementary", { name: "Thread" }).getByRole("textbox", { name: "Reply" }).waitFor();
    assert.equal(await inConversation(desk, "Who has the long ladder?").isVisible(), true, "both are visible");
    await replyField(desk).fill("It is in the cellar.");
    await replyField(desk).press("Enter");
    await inThread(desk, "It is in the cellar.").locator("[aria-label=Sent]").waitFor();
    const line = phone.page.locator(".thread-line a", { hasText: "1 reply" });
    await line.waitFor();
    assert.equal(await inConversation(phone, "It is in the cellar.").count(), 0);
    await phone.screenshot("thread-line-phone");
    await phone.accessible("a message with replies");
    await line.click();
    await inThread(phone, "It is in the cellar.").waitFor();
    assert.equal(await phone.page.locator(".conversation").isVisible(), false, "the thread covers the conversation");
    await phone.fits("a thread");
    // What arrives under the thread is not read.
    await say(ana, { body: "Is anybody at the gate?" });
    const unread = async () => (await ben.ok("GET", `/api/chat/conversations/${lobby}`)).unread_count;
    await inConversation(phone, "Is anybody at the gate?").waitFor({ state: "attached" });
    await eventually(async () => (await unread()) === 1, "the message is unread");
    await replyField(phone).fill("Thank you, I take it on Monday.");
    await phone.page.getByRole("checkbox", { name: "Also send to the conversation" }).check();
    await phone.screenshot("thread-phone");
    await phone.accessible("a thread on a phone");
    await replyField(phone).press("Enter");
    await inThread(desk, "Thank you, I take it on Monday.").waitFor();
    const shown = inConversation(desk, "Thank you, I take it on Monday.");
    await shown.locator(".thread-line", { hasText: "Reply to Ben: Who has the long ladder?" }).waitFor();
    await desk.page.locator(".conversation .thread-line", { hasText: "2 replies" }).waitFor();
    await desk.screenshot("thread");
    await desk.accessible("a thread");

    // Escape closes the pane, and the focus returns to the message.
    await replyField(desk).press("Escape");
    await pane(desk).waitFor({ state: "detached" });
    const focused = () => desk.page.evaluate(() => document.activeElement?.closest("[data-message]")?.dataset.message);
    assert.equal(await focused(), first.id);
    await phone.page.goBack();
    await inConversation(phone, "Who has the long ladder?").waitFor();
    await eventually(async () => (await unread()) === 0, "the message is read");
    noErrors(desk, phone);
    await Promise.all([desk.close(), phone.close()]);
  });

  test("earlier replies are loaded, a reply can be edited, and a deleted first message keeps its thread", async () => {
    const first = await say(ana, { body: "A long discussion" });
    for (let n = 0; n < 60; n += 1) await say(ben, { body: `Argument ${n}.`, parent_id: first.id });
    const desk = await browser.window(world, "ana", { path: "/" });
    await desk.open("Lobby");
    await desk.page.locator(".thread-line a", { hasText: "60 replies" }).click();
    await inThread(desk, "Argument 59.").waitFor();
    assert.equal(await inThread(desk, "Argument 0.").count(), 0);
    await desk.page.getByRole("button", { name: "Show earlier replies" }).click();
    await inThread(desk, "Argument 0.").waitFor();
    await inThread(desk, "A long discussion").first().waitFor();
    await replyField(desk).fill("Enough.");
    await replyField(desk).press("Enter");
    await inThread(desk, "Enough.").locator("[aria-label=Sent]").waitFor();
    await replyField(desk).press("ArrowUp");
    await replyField(desk).fill("Enough for today.");
    await replyField(desk).press("Enter");
    await inThread(desk, "Enough for today.").waitFor();
    await ana.ok("DELETE", `/api/chat/messages/${first.id}`);
    await desk.page.locator(".thread .thread-start .bubble.deleted").waitFor();
    await desk.page.locator(".conversation .thread-line", { hasText: "61 replies" }).waitFor();
    await replyField(desk).fill("One last word.");
    await replyField(desk).press("Enter");
    await inThread(desk, "One last word.").locator("[aria-label=Sent]").waitFor();
    noErrors(desk);
    await desk.close();
  });

  test("followed threads are listed with their unread replies and mentions", async () => {
    const first = await say(ana, { body: "Summer party: who brings what?" });
    await say(ben, { body: "I bring salad.", parent_id: first.id });
    const stored = async () => (await ana.ok("GET", "/api/chat/threads")).data.find(({ id }) => id === first.id);
    await eventually(async () => (await stored())?.unread_count === 1, "the reply is stored");
    const desk = await browser.window(world, "ana");
    await desk.item("Night shift").waitFor();
    const entry = desk.page.getByRole("link", { name: /^Threads/ });
    await entry.locator(".badge", { hasText: "1" }).waitFor();
    await desk.open("Night shift");
    await say(ben, { body: "And dessert.", parent_id: first.id });
    await entry.locator(".badge", { hasText: "2" }).waitFor();
    await desk.open("Lobby");
    const before = await entry.locator(".badge [aria-hidden]").textContent();
    await say(ben, { body: "And bread, @Ana.", parent_id: first.id });
    await entry.locator(".mention-badge").waitFor();
    assert.equal(await entry.locator(".badge [aria-hidden]").textContent(), String(Number(before) + 1));
    await entry.click();
    const item = desk.page.locator(".threads .inbox-item", { hasText: "Summer party: who brings what?" });
    await item.locator(".badge", { hasText: "3" }).waitFor();
    await desk.screenshot("threads");
    await desk.accessible("the list of threads");
    await item.click();
    await inThread(desk, "And bread, @Ana.").waitFor();
    await inThread(desk, "I bring salad.").locator(".unread-divider").waitFor();
    await entry.locator(".mention-badge").waitFor({ state: "detached" });
    await eventually(async () => (await stored()).unread_count === 0, "the replies are read");

    // Who does not follow a thread any more does not have it on the list; another device follows that.
    const phone = await browser.window(world, "ana", { viewport: PHONE });
    await phone.page.getByRole("link", { name: /^Threads/ }).click();
    const same = phone.page.locator(".threads .inbox-item", { hasText: "Summer party: who brings what?" });
    await same.waitFor();
    await phone.screenshot("threads-phone");
    await phone.fits("the list of threads");
    await pane(desk).getByRole("button", { name: "Following" }).click();
    await pane(desk).getByRole("button", { name: "Follow", exact: true }).waitFor();
    await same.waitFor({ state: "detached" });
    noErrors(desk, phone);
    await Promise.all([desk.close(), phone.close()]);
  });

  test("a quote shows the text as it is now, and leads to it", async () => {
    const original = await say(ben, { body: "The water is off on Tuesday." });
    for (let n = 0; n < 60; n += 1) await say(ben, { body: `Notice ${n}` });
    const [desk, phone] = [await browser.window(world, "ana"), await browser.window(world, "ben", { viewport: PHONE })];
    await Promise.all([desk.open("Lobby"), phone.open("Lobby")]);
    await desk.act("Notice 59", "Quote");
    const quoting = desk.page.locator(".composer .quote", { hasText: "Notice 59" });
    await quoting.waitFor();
    await desk.button("Remove the quote").click();
    await quoting.waitFor({ state: "detached" });
    await desk.act("Notice 58", "Quote");
    await desk.screenshot("quoting");
    await desk.accessible("a composer with a quote");
    await desk.write("Is that certain?");
    const answer = inConversation(phone, "Is that certain?");
    await answer.locator(".quote", { hasText: "Notice 58" }).waitFor();
    // The original is not loaded on the phone.
    await say(ana, { body: "All day?", quote_id: original.id });
    const quote = inConversation(phone, "All day?").locator(".quote");
    await quote.filter({ hasText: "The water is off on Tuesday." }).waitFor();
    await ben.ok("PUT", `/api/chat/messages/${original.id}`, { body: "The water is off on Wednesday." });
    await quote.filter({ hasText: "The water is off on Wednesday." }).waitFor();
    await phone.screenshot("quote-phone");
    await phone.accessible("a quote");
    await phone.fits("a quote");
    await quote.focus();
    await phone.page.keyboard.press("Enter");
    await phone.page.locator(".message.target", { hasText: "The water is off on Wednesday." }).waitFor();
    await ben.ok("DELETE", `/api/chat/messages/${original.id}`);
    await inConversation(phone, "All day?").locator(".quote-gone").waitFor();
    noErrors(desk, phone);
    await Promise.all([desk.close(), phone.close()]);
  });

  test("the line about a pinned message leads to it", async () => {
    const group = await ana.ok("POST", "/api/chat/conversations", { type: "group", user_ids: ["8"] });
    const messages = `/api/chat/conversations/${group.id}/messages`;
    const pinned = await ana.ok("POST", messages, { body: "The key hangs by the door." });
    for (let n = 0; n < 60; n += 1) await ana.ok("POST", messages, { body: `Remark ${n}` });
    await ana.ok("PUT", `/api/chat/messages/${pinned.id}/pin?conversation_id=${group.id}`);
    const window = await browser.window(world, "ben");
    await window.page.evaluate((id) => {
      location.hash = `#/c/${id}`;
    }, group.id);
    await window.page.locator(".system-line").getByRole("button", { name: "Go to message" }).click();
    await window.page.locator(".message.target", { hasText: "The key hangs by the door." }).waitFor();
    noErrors(window);
    await window.close();
  });

  test("letters after an @ suggest members, and mentions are marked and counted", async () => {
    const [desk, phone] = [
      await browser.window(world, "ana"),
      await browser.window(world, "ben", { viewport: PHONE, colorScheme: "dark" }),
    ];
    await Promise.all([desk.open("Lobby"), phone.open("Night shift")]);
    await phone.page.getByRole("link", { name: "Back to conversations" }).click();
    await desk.field.pressSequentially("Hello @be");
    const list = desk.page.getByRole("listbox", { name: "People to mention" });
    const option = list.getByRole("option", { name: "Ben" });
    await option.waitFor();
    assert.equal(await option.getAttribute("aria-selected"), "true");
    assert.equal(await desk.field.getAttribute("aria-activedescendant"), await option.getAttribute("id"));
    await desk.screenshot("mention-list");
    await desk.accessible("suggested members");
    await desk.field.press("Escape");
    await list.waitFor({ state: "detached" });
    await desk.field.press("n");
    assert.equal(await list.count(), 0, "a closed list stays closed for this mention");
    await desk.field.fill("");
    await desk.field.pressSequentially("Hello @be");
    await option.waitFor();
    await desk.field.press("ArrowDown");
    await desk.field.press("ArrowUp");
    await desk.field.press("Enter");
    await eventually(async () => (await desk.field.inputValue()) === "Hello @Ben ", "the name is inserted");
    await desk.field.pressSequentially("and @[7], look");
    await desk.field.press("Enter");
    const sent = inConversation(desk, "look");
    await sent.locator(".mention", { hasText: "@Ben" }).waitFor();
    await sent.locator(".mention-me", { hasText: "@Ana" }).waitFor();
    await phone.item("Lobby").locator(".mention-badge").waitFor();
    await phone.screenshot("mention-badge-phone");
    await phone.accessible("a mention in the list");
    await phone.open("Lobby");
    await inConversation(phone, "look").locator(".mention-me", { hasText: "@Ben" }).waitFor();
    await phone.field.pressSequentially("Yes @an");
    await phone.page.getByRole("option", { name: "Ana" }).click();
    await eventually(async () => (await phone.field.inputValue()) === "Yes @Ana ", "a press inserts the name");
    await phone.screenshot("mention-phone");
    await phone.page.getByRole("link", { name: "Back to conversations" }).click();
    await phone.item("Lobby").locator(".mention-badge").waitFor({ state: "detached" });
    noErrors(desk, phone);
    await Promise.all([desk.close(), phone.close()]);
  });

  test("messages marked as unread stay so while they are shown, on every device", async () => {
    for (const body of ["First parcel", "Second parcel"]) await say(ben, { body });
    const [desk, phone] = [await browser.window(world, "ana"), await browser.window(world, "ana", { viewport: PHONE })];
    await phone.item("Night shift").waitFor();
    await desk.open("Lobby");
    await phone.item("Lobby").locator(".badge").waitFor({ state: "detached" });
    await desk.act("First parcel", "Mark as unread from here");
    await inConversation(desk, "First parcel").locator(".unread-divider").waitFor();
    await desk.item("Lobby").locator(".badge", { hasText: "2" }).waitFor();
    await phone.item("Lobby").locator(".badge", { hasText: "2" }).waitFor();
    await desk.screenshot("marked-unread");
    // A new message does not make them read either.
    await say(ben, { body: "Third parcel" });
    await desk.item("Lobby").locator(".badge", { hasText: "3" }).waitFor();
    await desk.open("Night shift");
    await desk.open("Lobby");
    await desk.item("Lobby").locator(".badge").waitFor({ state: "detached" });
    await phone.item("Lobby").locator(".badge").waitFor({ state: "detached" });
    noErrors(desk, phone);
    await Promise.all([desk.close(), phone.close()]);
  });

  test("the page speaks Spanish about threads", async () => {
    const first = await say(ben, { body: "Un mensaje con respuestas" });
    for (const body of ["Una", "Otra"]) await say(ana, { body, parent_id: first.id });
    const desk = await browser.window(world, "ana", { locale: "es-ES" });
    await desk.item("Lobby").click();
    await desk.isLive();
    await desk.page.locator(".thread-line a", { hasText: "2 respuestas" }).click();
    await desk.page.getByRole("complementary", { name: "Hilo" }).getByRole("textbox", { name: "Respuesta" }).waitFor();
    await desk.page.getByRole("checkbox", { name: "Enviar también a la conversación" }).waitFor();
    await desk.screenshot("thread-spanish");
    noErrors(desk);
    await desk.close();
  });
});
