// The dashboard in Chromium: many alerts, a restarted server, two concurrent guards, and sound.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { isLive, items, own, raise, startAlertPages, urgent } from "../support/alert-pages.mjs";
import { PHONE } from "../support/browser.mjs";

describe("attending to alerts on the page", () => {
  let watch, world, browser, ana, grace;

  before(async () => {
    watch = await startAlertPages();
    ({ world, browser, ana, grace } = watch);
  });
  beforeEach(() => watch.closeAll());
  after(() => watch?.stop());

  test("a burst of 20 alerts is announced together, and all 20 are listed", async () => {
    const guard = await browser.window(world, "grace", { path: "/security" });
    await isLive(guard);
    await guard.page.evaluate(() => {
      const place = document.querySelector(".alert-news");
      globalThis.said = [];
      const note = () => place.textContent !== "" && globalThis.said.push(place.textContent);
      new MutationObserver(note).observe(place, { childList: true, subtree: true, characterData: true });
    });
    const people = Array.from({ length: 20 }, (_, n) => world.person(`${100 + n}`, { name: `Resident ${n}` }));
    const began = performance.now();
    await Promise.all(people.map((person) => raise(person)));
    await guard.page.getByText("Open (20)").waitFor();
    const seconds = Math.ceil((performance.now() - began) / 1_000);
    // An alert raised more than 1 s later is announced separately; a single one by its person's name.
    await guard.page.waitForFunction(
      () => globalThis.said.reduce((sum, words) => sum + (Number.parseInt(words, 10) || 1), 0) === 20,
    );
    const said = await guard.page.evaluate(() => globalThis.said);
    assert.ok(said.length <= 1 + seconds, said.join("\n"));
    assert.match(said[0], /^\d+ panic alerts need somebody\./);
    await guard.accessible("twenty alerts");
    await guard.screenshot("alert-burst");
    await watch.closeAll();
    await guard.page.getByText("No open alerts.").waitFor();
    assert.deepEqual(guard.errors, []);
    await guard.close();
  });

  test("after a restart of the server the page shows missed alerts, and no closed ones", async () => {
    const guard = await browser.window(world, "grace", { path: "/security" });
    await isLive(guard);
    const before = await raise(ana);
    await items(guard).filter({ hasText: "Ana" }).waitFor();
    await guard.context.setOffline(true);
    await guard.page.locator("[data-alerts=offline]").waitFor();
    await world.engine.kill();
    await grace.ok("POST", `/api/security/alerts/${before.id}/resolve`, {});
    await raise(world.person("9", { name: "Carla" }));
    await guard.context.setOffline(false);
    await isLive(guard);
    await items(guard).filter({ hasText: "Carla" }).waitFor();
    await items(guard).filter({ hasText: "Ana" }).waitFor({ state: "detached" });
    await watch.closeAll();
    assert.deepEqual(guard.errors, []);
    await guard.close();
  });

  test("of two guards who acknowledge concurrently one succeeds, and the other sees who", async () => {
    const guard = await browser.window(world, "grace", { path: "/security" });
    await isLive(guard);
    const { id } = await raise(ana);
    await items(guard).filter({ hasText: "Ana" }).click();
    const take = guard.page.locator(".alert-acts").getByRole("button", { name: "Take it" });
    await take.waitFor();
    // Simulates that the other guard's update is still on its way.
    await guard.page.route("**/acknowledge", async (route) => {
      await world
        .person("12", { name: "Hugo", permissions: ["view_panic_alerts"] })
        .ok("POST", `/api/security/alerts/${id}/acknowledge`);
      await route.continue();
    });
    await take.click();
    await guard.page.getByRole("alert").filter({ hasText: "Hugo was faster and has it." }).waitFor();
    await guard.button("False alarm").click();
    const save = guard.button("Close as a false alarm");
    assert.equal(await save.isDisabled(), true, "a reason is needed");
    await guard.page.getByLabel("Reason").fill("Cat on the button");
    await save.click();
    await guard.page.locator(".alert-timeline", { hasText: "Cat on the button" }).waitFor();
    assert.deepEqual(guard.errors, []);
    await guard.close();
  });

  test("a drill is marked, on a phone in dark mode, and residents have no dashboard", async () => {
    const guard = await browser.window(world, "grace", { viewport: PHONE, colorScheme: "dark", path: "/security" });
    await isLive(guard);
    await guard.button("Start a drill").click();
    await guard.button("Start the drill").click();
    await own(guard, "Nobody has taken it yet").waitFor();
    await items(guard).filter({ hasText: "Drill" }).waitFor();
    await guard.fits();
    await guard.accessible("the dashboard on a phone");
    await guard.screenshot("phone-alert-drill");
    await items(guard).filter({ hasText: "Drill" }).click();
    await guard.page.locator(".alert-timeline", { hasText: "raised the alert" }).waitFor();
    await guard.fits();
    await guard.accessible("an alert on a phone");
    await guard.screenshot("phone-alert-detail");
    await watch.closeAll();

    const resident = await browser.window(world, "ana", { path: "/security" });
    await resident.page.getByText("Your account may not see panic alerts.").waitFor();
    assert.equal(await resident.page.locator(".alert-banner").count(), 0);
    assert.deepEqual([...guard.errors, ...resident.errors], []);
    await Promise.all([guard.close(), resident.close()]);
  });

  test("the alarm sounds until the alert is acknowledged, and not on a muted device", async () => {
    const guard = await browser.window(world, "grace");
    // Playwright's evaluation counts as a user gesture; this keeps audio suspended as without one, and counts tones.
    await guard.context.addInitScript(() => {
      let isTouched = false;
      window.tones = 0;
      window.addEventListener("pointerdown", () => (isTouched = true), { capture: true });
      window.AudioContext = class extends AudioContext {
        get state() {
          return isTouched ? super.state : "suspended";
        }
        resume() {
          return isTouched ? super.resume() : new Promise(() => {});
        }
        createOscillator() {
          window.tones += 1;
          return super.createOscillator();
        }
      };
    });
    await guard.page.reload();
    await isLive(guard);
    const tones = () => guard.page.evaluate(() => window.tones);
    const sounds = async () => {
      const before = await tones();
      await guard.page.waitForFunction((before) => window.tones > before, before);
    };
    await raise(ana);
    await guard.button("Turn sound on").waitFor();
    assert.equal(await tones(), 0);
    await guard.accessible("the banner that is kept silent");
    await guard.screenshot("alert-banner-blocked");
    await guard.button("Turn sound on").click();
    await sounds();
    await sounds();
    await guard.button("Mute the alarm on this device").click();
    await guard.button("Alarm is muted on this device. Turn it on").waitFor();
    await guard.page.reload();
    await urgent(guard, "Ana").click({ position: { x: 4, y: 4 } });
    assert.equal(await tones(), 0, "it stays muted");
    await guard.button("Alarm is muted on this device. Turn it on").click();
    await sounds();
    await guard.button("Take it: the alert of Ana").click();
    await urgent(guard, "Ana").waitFor({ state: "detached" });
    const last = await tones();
    await guard.page.locator(".alert-count", { hasText: "1 open alert" }).waitFor();
    await watch.closeAll();
    await guard.page.getByText("No open alerts").waitFor();
    assert.equal(await tones(), last, "it is quiet");
    assert.deepEqual(guard.errors, []);
    await guard.close();
  });

  test("a former guard sees no alert any more, not even an old one", async () => {
    const former = await browser.window(world, "hugo", { path: "/security" });
    await isLive(former);
    const { id } = await raise(ana);
    await items(former).filter({ hasText: "Ana" }).click();
    await former.page.locator(".alert-timeline", { hasText: "raised the alert" }).waitFor();
    await world.person("1", { name: "Admin", roles: ["admin"] }).ok("DELETE", "/api/security/guards/12");
    await former.page.locator("[data-alerts=forbidden]").waitFor();
    await former.page.getByRole("alert").filter({ hasText: "Your account may not see panic alerts." }).waitFor();
    assert.equal(await items(former).count(), 0);
    assert.equal(await urgent(former, "Ana").count(), 0);
    await former.page.getByText("raised the alert").waitFor({ state: "detached" });
    await former.accessible("the dashboard of who is on duty no more");
    await former.screenshot("alert-withdrawn");
    assert.equal((await grace.call("GET", `/api/security/alerts/${id}`)).status, 200);
    assert.deepEqual(former.errors, []);
    await former.close();
  });
});
