// Search of the chat page: as the user types, with operators and filters, and the jump to what was found.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { seedDemo } from "../../scripts/lib/demo.mjs";
import { PHONE, startBrowser } from "../support/browser.mjs";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

const NARROW = { width: 320, height: 640 };

describe("search on the chat page", () => {
  let world, browser, folder, ana, ben, lobby, night, old, reply;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "campana-demo-"));
    world = await startWorld({ limits: WIDE });
    await seedDemo(world.url, folder);
    [ana, ben] = [world.person("7", { name: "Ana" }), world.person("8", { name: "Ben" })];
    const { data } = await ana.ok("GET", "/api/chat/conversations");
    const idOf = (name) => data.find(({ room_name }) => room_name === name).id;
    [lobby, night] = [idOf("Lobby"), idOf("Night shift")];
    old = await say(ben, "👋 The key to the cellar, says @[7], hangs beside the boiler.");
    reply = await say(ana, "The boiler? Above the boiler!", { parent_id: old.id });
    for (let n = 0; n < 120; n += 1) await say(n % 2 ? ana : ben, `Notice number ${n}`);
    const file = await ben.upload("a list", "boiler parts.txt");
    await say(ben, "Parts for the boiler", { attachments: [file.id] });
    await ana.ok("POST", `/api/chat/conversations/${night}/messages`, { body: "Is the boiler on tonight?" });
    await eventually(async () => (await find("boiler")).length === 4, "the index has the messages");
    await eventually(async () => (await find("notice")).length === 100, "all of them");
    browser = await startBrowser();
  });
  after(async () => {
    await browser?.stop();
    await world?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const say = (person, body, rest) => person.ok("POST", `/api/chat/conversations/${lobby}/messages`, { body, ...rest });
  const find = async (q) => (await ana.ok("GET", `/api/chat/search?${new URLSearchParams({ q, limit: "100" })}`)).data;
  const hits = (window) => window.page.getByRole("list", { name: "Results" }).getByRole("button");
  const field = (window) => window.page.getByRole("searchbox", { name: "Search messages, people and rooms" });
  const found = (window, count) => eventually(async () => (await hits(window).count()) === count, `${count} hits`);
  const noErrors = (...windows) =>
    assert.deepEqual(
      windows.flatMap(({ errors }) => errors),
      [],
    );

  test("a shortcut opens the search, which finds as the user types and leads to an old message", async () => {
    const desk = await browser.window(world, "ana");
    await desk.open("Night shift");
    await desk.field.fill("1/2");
    assert.equal(await desk.dialog.count(), 0, "a slash in a text opens nothing");
    await desk.field.fill("");
    await desk.page.keyboard.press("Control+k");
    await desk.dialog.waitFor();
    assert.equal(await field(desk).evaluate((element) => element === document.activeElement), true);
    await desk.screenshot("search-tips");
    await desk.accessible("the search without words");
    await field(desk).pressSequentially("boil");
    await desk.page.getByText("Nothing was found.").waitFor();
    await field(desk).pressSequentially("er");
    await found(desk, 4);
    assert.deepEqual(await hits(desk).locator("mark").allTextContents(), [
      "boiler",
      "boiler",
      "boiler",
      "boiler",
      "boiler",
    ]);
    const hit = hits(desk).filter({ hasText: "beside the boiler" });
    assert.match(await hit.textContent(), /Ben · Lobby.*…the cellar, says @Ana, hangs beside the boiler\./);
    await hits(desk).filter({ hasText: "Above the boiler!" }).getByText("in a thread").waitFor();
    await hits(desk).filter({ hasText: "Parts for" }).getByText("File: boiler parts.txt").waitFor();
    await desk.screenshot("search-hits");
    await desk.accessible("hits");
    // From the field by arrow keys, and back.
    await field(desk).press("ArrowDown");
    await desk.page.keyboard.press("ArrowDown");
    const focused = () => desk.page.evaluate(() => document.activeElement?.textContent);
    assert.match(await focused(), /Parts for/);
    await desk.page.keyboard.press("ArrowUp");
    await desk.page.keyboard.press("ArrowUp");
    assert.equal(await field(desk).evaluate((element) => element === document.activeElement), true);
    await hit.click();
    await desk.dialog.waitFor({ state: "detached" });
    await desk.page.locator(`.message.target[data-message="${old.id}"]`).waitFor();
    await desk.screenshot("search-jump");

    // The hits are there again, and a reply is shown in its thread.
    await desk.page.locator("h1").first().click();
    await desk.page.keyboard.press("/");
    await found(desk, 4);
    await hits(desk).filter({ hasText: "Above the boiler!" }).click();
    await desk.page.locator(`.thread .message.target[data-message="${reply.id}"]`).waitFor();
    noErrors(desk);
    await desk.close();
  });

  test("operators and filters restrict a search, and more is loaded", async () => {
    const phone = await browser.window(world, "ana", { viewport: NARROW, colorScheme: "dark" });
    await phone.item("Lobby").waitFor();
    await phone.screenshot("search-entry-narrow");
    await phone.fits("the list of conversations");
    await phone.page.getByRole("button", { name: "Search", exact: true }).click();
    await phone.page.getByRole("button", { name: /^from:ana/ }).click();
    assert.equal(await field(phone).inputValue(), "from:");
    await field(phone).pressSequentially("ben boiler");
    await found(phone, 2);
    await phone.page.getByRole("button", { name: "With files" }).click();
    await found(phone, 1);
    await phone.screenshot("search-filter-narrow");
    await phone.accessible("a search with a filter");
    await phone.fits("a search");
    await phone.page.getByRole("button", { name: "With files" }).click();
    await field(phone).fill('in:"night shift" boiler');
    await found(phone, 1);
    await field(phone).fill('"the boiler" -key -parts');
    await found(phone, 2);
    await field(phone).fill("before:2000-01-01 boiler");
    await phone.page.getByText("Nothing was found.").waitFor();
    await field(phone).fill("notice");
    await found(phone, 20);
    await phone.page.getByRole("button", { name: "Show more" }).click();
    await found(phone, 40);
    noErrors(phone);
    await phone.close();
  });

  test("a conversation is searched from its header, and people and rooms are found", async () => {
    const desk = await browser.window(world, "ana");
    await desk.open("Night shift");
    await desk.button("Search here").click();
    assert.equal(await desk.button("In Night shift").getAttribute("aria-pressed"), "true");
    await field(desk).fill("boiler");
    await found(desk, 1);
    await desk.button("People").last().click();
    await field(desk).fill("be");
    await hits(desk).filter({ hasText: "Ben" }).waitFor();
    await desk.screenshot("search-people");
    await desk.accessible("people that were found");
    await desk.page.getByRole("button", { name: "Rooms", exact: true }).click();
    await field(desk).fill("lob");
    await desk.button(/^Open Lobby/).waitFor();
    await desk.screenshot("search-rooms");
    await desk.button(/^Open Lobby/).click();
    await desk.page.getByRole("heading", { name: "Lobby" }).waitFor();
    noErrors(desk);
    await desk.close();
  });

  test("a search that is refused says so, and can be repeated", async () => {
    const phone = await browser.window(world, "ana", { viewport: PHONE, locale: "es-ES" });
    await phone.page.getByRole("button", { name: "Buscar", exact: true }).click();
    let refusal = { status: 429, slug: "rate-limited" };
    await phone.page.route("**/api/chat/search?*", (route) => {
      if (!refusal) return route.continue();
      const { status, slug } = refusal;
      const body = JSON.stringify({ type: `https://campana.dev/problems/${slug}`, title: slug, status });
      return route.fulfill({ status, body, contentType: "application/problem+json", headers: { "retry-after": "7" } });
    });
    const search = phone.page.getByRole("searchbox");
    await search.fill("boiler");
    await phone.page.getByText("Demasiadas búsquedas. Inténtalo en 7 segundos.").waitFor();
    await phone.screenshot("search-refused-phone");
    await phone.accessible("a refused search");
    refusal = { status: 503, slug: "unavailable" };
    await phone.page.getByRole("button", { name: "Reintentar" }).click();
    await phone.page.getByText("La búsqueda no está disponible ahora.").waitFor();
    refusal = undefined;
    await phone.page.getByRole("button", { name: "Reintentar" }).click();
    await phone.page.getByRole("list", { name: "Resultados" }).getByRole("button").nth(3).waitFor();
    await phone.screenshot("search-phone-spanish");
    noErrors(phone);
    await phone.close();
  });
});
