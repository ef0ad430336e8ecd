// Panic alerts in Chromium when something else goes wrong: lost answers, an open dialog, no network, no storage, two tabs.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { hold, isLive, items, own, panicButton, raise, startAlertPages, urgent } from "../support/alert-pages.mjs";
import { PHONE } from "../support/browser.mjs";
import { eventually } from "../support/world.mjs";

const isRaise = (url) => url.pathname === "/api/security/alerts";

describe("panic alerts when something goes wrong", () => {
  let watch, world, browser, ana;

  before(async () => {
    watch = await startAlertPages();
    ({ world, browser, ana } = watch);
  });
  beforeEach(() => watch.closeAll());
  after(() => watch?.stop());

  test("an alert whose answer was lost is cancelled at the server, or the page says that it is not", async () => {
    const resident = await browser.window(world, "ana");
    await resident.item("Lobby").waitFor();
    await resident.context.route(isRaise, async (route) => {
      await route.fetch();
      await route.abort();
    });
    await hold(resident);
    await resident.button("Send now").click();
    await own(resident, "Still trying to reach security.").waitFor();
    await eventually(async () => (await watch.openAlerts()).length === 1, "the alert");
    await resident.context.route("**/api/me/alerts", (route) => route.abort());
    await resident.button("Cancel alert").click();
    await resident.button("Yes, I am safe").click();
    await resident.page.getByRole("alert").filter({ hasText: "your alert may not be cancelled" }).waitFor();
    await resident.accessible("a cancel that was not heard");
    await resident.screenshot("alert-cancel-unheard");
    assert.equal((await watch.openAlerts()).length, 1);
    await resident.context.unroute("**/api/me/alerts");
    await resident.button("Yes, I am safe").click();
    await own(resident, "Your alert is cancelled.").waitFor();
    assert.deepEqual(await watch.openAlerts(), []);
    assert.deepEqual(resident.errors, []);
    await resident.close();
  });

  /** Names in the browser's accessibility tree. */
  const namesFor = async (window) => {
    const devtools = await window.context.newCDPSession(window.page);
    const { nodes } = await devtools.send("Accessibility.getFullAXTree");
    await devtools.detach();
    return nodes.filter(({ ignored }) => !ignored).map(({ name }) => name?.value ?? "");
  };
  const SOS = "SOS: press and hold to call for help";

  test("SOS and the banner work, and stay in the accessibility tree, while a dialog is open", async () => {
    const admin = world.person("1", { name: "Admin", roles: ["admin"] });
    const room = await admin.ok("POST", "/api/chat/rooms", { name: "Gate", visibility: "public" });
    await admin.ok("POST", `/api/chat/rooms/${room.id}/members`, { user_id: "11" });
    const guard = await browser.window(world, "grace");
    await isLive(guard);
    await guard.open("Gate");
    const open = {
      "New chat": () => guard.button("New chat").click(),
      People: () => guard.button("People").click(),
      Invite: () => guard.button("Invite", { exact: true }).click(),
    };
    for (const [name, press] of Object.entries(open)) {
      await press();
      const dialog = guard.page.locator(".dialog");
      await dialog.waitFor();
      assert.ok((await namesFor(guard)).includes(SOS), `SOS over ${name}`);
      await hold(guard);
      assert.ok((await namesFor(guard)).includes(SOS), "SOS under the countdown");
      await guard.page.keyboard.press("Escape");
      await guard.page.locator(".countdown").waitFor({ state: "detached" });
      await dialog.waitFor();
      await guard.page.keyboard.press("Escape");
      await dialog.waitFor({ state: "detached" });
    }
    const opener = guard.button("New chat");
    await opener.click();
    await guard.page.getByRole("searchbox").waitFor();
    // What the dialog covers cannot be used.
    assert.equal((await namesFor(guard)).includes("Leave room"), false);
    await raise(ana);
    await urgent(guard, "Ana").waitFor();
    assert.ok((await namesFor(guard)).includes("Take it: the alert of Ana"));
    await guard.accessible("the banner over a dialog");
    await guard.screenshot("alert-banner-over-dialog");
    await guard.page.keyboard.press("Escape");
    await guard.page.locator(".dialog").waitFor({ state: "detached" });
    assert.equal(await opener.evaluate((button) => button === document.activeElement), true, "the focus is given back");
    await opener.click();
    await guard.button("Take it: the alert of Ana").click();
    await urgent(guard, "Ana").waitFor({ state: "detached" });
    await guard.page.locator(".alert-summary").click();
    await guard.page.locator(".dialog").waitFor({ state: "detached" });
    await guard.button("PINs").click();
    await guard.page.locator(".dialog").waitFor();
    await hold(guard);
    await guard.button("Send now").click();
    await own(guard, "Security has been told.").waitFor();
    assert.deepEqual(guard.errors, []);
    await guard.close();
  });

  test("an act that fails offline says so at once, and does not happen later", async () => {
    const admin = world.person("1", { name: "Admin", roles: ["admin"] });
    const room = await admin.ok("POST", "/api/chat/rooms", { name: "Attic", visibility: "private" });
    for (const user_id of ["7", "8"]) await admin.ok("POST", `/api/chat/rooms/${room.id}/members`, { user_id });
    await admin.ok("PUT", `/api/chat/rooms/${room.id}/members/8`, { role: "moderator" });
    const ben = await browser.window(world, "ben");
    await ben.open("Attic");
    await ben.button("People").click();
    await ben.button("What to do about Ana").click();
    const acts = [];
    ben.page.on("request", (request) => request.method() !== "GET" && acts.push(new URL(request.url()).pathname));
    await ben.context.setOffline(true);
    const failed = ben.page.getByRole("alert").filter({ hasText: "That did not work: the server cannot be reached." });
    await ben.button("Mute for 1 hour").click();
    await failed.waitFor();
    await ben.accessible("a notice over a dialog");
    await ben.button("Dismiss").click();
    await ben.button("Ban", { exact: true }).click();
    await ben.button("Ban Ana").click();
    await failed.waitFor();
    await ben.button("Dismiss").click();
    await ben.button("Cancel").click();
    await ben.button("Close").click();
    await ben.button("Leave room").click();
    await ben.button("Really leave?").click();
    await failed.waitFor();
    assert.ok(acts.length >= 3, "each was tried once");
    acts.length = 0;
    await ben.context.setOffline(false);
    await ben.isLive();
    await ben.write("I am back");
    await ben.bubble("I am back").waitFor();
    assert.deepEqual(
      acts.filter((path) => path.startsWith("/api/chat")),
      [],
    );
    const { data } = await admin.ok("GET", `/api/chat/rooms/${room.id}/members`);
    assert.ok(data.some(({ user_id }) => user_id === "7") && data.some(({ user_id }) => user_id === "8"));
    assert.deepEqual(ben.errors, []);
    await ben.close();
  });

  test("a guard's own alert is not theirs to take", async () => {
    const [guard, other] = [
      await browser.window(world, "grace", { path: "/security" }),
      await browser.window(world, "hugo"),
    ];
    await Promise.all([isLive(guard), isLive(other)]);
    await hold(guard);
    await guard.button("Send now").click();
    await own(guard, "Security has been told.").waitFor();
    await urgent(other, "Grace").waitFor();
    await items(guard).filter({ hasText: "Grace" }).click();
    await guard.button("Resolve").waitFor();
    assert.equal(await urgent(guard, "Grace").count(), 0);
    assert.equal(await guard.page.locator(".alert-acts").getByRole("button", { name: "Take it" }).count(), 0);
    assert.equal(await guard.page.locator(".alert-acts").getByRole("button", { name: "On my way" }).count(), 0);
    await other.button("Take it: the alert of Grace").click();
    await own(guard, "Hugo has taken your alert.").waitFor();
    await guard.button("Resolve").click();
    await guard.page.getByLabel("Reason").fill("Over");
    await guard.button("Close the alert").click();
    await own(guard, "closed your alert.").waitFor();
    assert.deepEqual([...guard.errors, ...other.errors], []);
    await Promise.all([guard.close(), other.close()]);
  });

  test("a person signs in and calls for help without storage", async () => {
    const resident = await browser.window(world, "ana");
    await resident.context.addInitScript(() => {
      const blocked = () => {
        throw new DOMException("The operation is insecure.", "SecurityError");
      };
      for (const name of ["localStorage", "sessionStorage"]) Object.defineProperty(window, name, { get: blocked });
      Object.defineProperty(Navigator.prototype, "serviceWorker", { get: blocked });
    });
    await resident.page.goto(world.url);
    await resident.page.locator(".picker-person", { hasText: "Ana" }).click();
    await resident.item("Lobby").waitFor();
    await hold(resident);
    await resident.button("Send now").click();
    await own(resident, "Security has been told.").waitFor();
    const guard = await resident.context.newPage();
    await guard.goto(`${world.url}/security?as=grace`);
    await guard.locator("[data-alerts=live]").waitFor();
    await guard.locator(".alert-urgent", { hasText: "Ana" }).waitFor();
    assert.deepEqual(resident.errors, []);
    await resident.close();
  });

  test("of a guard's two tabs one sounds, both are muted together, and the loser of a race is told", async () => {
    const guard = await browser.window(world, "grace");
    await guard.context.addInitScript(() => {
      window.tones = 0;
      const { createOscillator } = BaseAudioContext.prototype;
      BaseAudioContext.prototype.createOscillator = function () {
        window.tones += 1;
        return createOscillator.call(this);
      };
    });
    const second = await guard.context.newPage();
    const pages = [guard.page, second];
    for (const page of pages) {
      await page.goto(`${world.url}/?as=grace`);
      await page.locator(".alert-count", { hasText: "No open alerts" }).waitFor();
      // Without a user's gesture a browser plays nothing.
      await page.mouse.click(600, 500);
      // The first list can name an alert of the last 30 s that is closed by now.
      await page.evaluate(() => {
        window.tones = 0;
      });
    }
    const tones = () => Promise.all(pages.map((page) => page.evaluate(() => window.tones)));
    const { id } = await raise(ana);
    for (const page of pages) await page.locator(".alert-urgent", { hasText: "Ana" }).waitFor();
    await eventually(async () => (await tones()).some((count) => count >= 4), "the alarm");
    assert.equal((await tones()).filter((count) => count > 0).length, 1, "one tab sounds");
    await second.getByRole("button", { name: "Mute the alarm on this device" }).click();
    for (const page of pages) await page.getByRole("button", { name: "Alarm is muted on this device" }).waitFor();
    await guard.page.reload();
    await guard.button("Alarm is muted on this device").waitFor();
    await second.getByRole("button", { name: "Alarm is muted on this device" }).click();
    await guard.button("Mute the alarm on this device").waitFor();

    await guard.page.route("**/acknowledge", async (route) => {
      await world
        .person("12", { name: "Hugo", permissions: ["view_panic_alerts"] })
        .ok("POST", `/api/security/alerts/${id}/acknowledge`);
      await route.continue();
    });
    await guard.button("Take it: the alert of Ana").click();
    const told = guard.page.getByRole("alert").filter({ hasText: "The alert of Ana: Hugo was faster and has it." });
    await told.waitFor();
    await guard.accessible("a race for an alert that was lost");
    await guard.screenshot("alert-banner-beaten");
    assert.deepEqual(guard.errors, []);
    await guard.close();
  });

  test("SOS offline advises to phone, and says that no location was sent; a tap explains the hold", async () => {
    const resident = await browser.window(world, "ana", { viewport: PHONE });
    await resident.context.addInitScript(() => {
      window.vibrations = [];
      navigator.vibrate = (pattern) => window.vibrations.push(pattern);
    });
    await resident.context.route(`${world.url}/?as=ana`, async (route) => {
      const response = await route.fetch();
      const html = await response.text();
      const meta = '<meta name="campana-emergency-phone" content="';
      assert.ok(html.includes(meta));
      await route.fulfill({ response, body: html.replace(meta, `${meta}+57 123`) });
    });
    await resident.page.goto(`${world.url}/?as=ana`);
    await resident.item("Lobby").waitFor();
    await panicButton(resident).click();
    await resident.page.getByText("press and hold the button until its ring is full").waitFor();
    await resident.fits();
    await resident.accessible("the explanation of a tap");
    await resident.screenshot("phone-alert-tap");
    assert.equal(await resident.page.locator(".countdown").count(), 0);

    await resident.context.setOffline(true);
    await hold(resident);
    assert.ok((await resident.page.evaluate(() => window.vibrations)).includes(1_500), "it vibrates while held");
    await resident.button("Send now").click();
    await own(resident, "Still trying to reach security.").waitFor();
    await resident.page.getByRole("alert").filter({ hasText: "Call for help by phone." }).waitFor();
    const call = resident.page.getByRole("link", { name: "Call +57 123" });
    assert.equal(await call.getAttribute("href"), "tel:+57123");
    await resident.page.getByText("Your location could not be sent.").waitFor();
    await resident.fits();
    await resident.accessible("SOS offline");
    await resident.screenshot("phone-alert-offline");
    await resident.context.setOffline(false);
    await own(resident, "Security has been told.").waitFor();
    await call.waitFor({ state: "detached" });
    assert.deepEqual(resident.errors, []);
    await resident.close();
  });
});
