// Panic alerts as people see them: who needs help holds a button, who is on duty sees it on whatever page they are.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";
import { seedDemo } from "../scripts/lib/demo.mjs";
import { PHONE, startBrowser } from "./support/browser.mjs";
import { eventually, startWorld, WIDE } from "./support/world.mjs";

const PLACE = { latitude: 4.60971, longitude: -74.08175, accuracy: 12 };
const ADDRESS = "Tower 2, Apartment 101";

describe("panic alerts on the page", () => {
  let world, browser, folder, ana, grace;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "campana-demo-"));
    world = await startWorld({ limits: WIDE });
    await seedDemo(world.url, folder);
    browser = await startBrowser();
    ana = world.person("7", { name: "Ana" });
    grace = world.person("11", { name: "Grace", permissions: ["view_panic_alerts"] });
  });
  after(async () => {
    await browser?.stop();
    await world?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const raise = (person, over = {}) =>
    person.ok("POST", "/api/security/alerts", { id: randomUUID(), apartment: { id: 101, address: ADDRESS }, ...over });
  /** What a test leaves open would be part of the next. */
  const closeAll = async () => {
    const { data } = await grace.ok("GET", "/api/security/alerts?status=open&limit=100");
    for (const { id } of data) await grace.ok("POST", `/api/security/alerts/${id}/resolve`, {});
  };
  beforeEach(closeAll);
  const panicButton = (window) => window.page.locator(".panic-button");
  const own = (window, words) => window.page.locator(".own-alert-words", { hasText: words });
  const urgent = (window, words) => window.page.locator(".alert-urgent", { hasText: words });
  const items = (window) => window.page.locator(".alert-item");
  const isLive = (window) => window.page.locator("[data-alerts=live]").waitFor();
  /** A finger, or a mouse, that stays down until it counts. */
  const hold = async (window) => {
    const { x, y, width, height } = await panicButton(window).boundingBox();
    await window.page.mouse.move(x + width / 2, y + height / 2);
    await window.page.mouse.down();
    await window.page.locator(".countdown").waitFor();
    await window.page.mouse.up();
  };
  const openAlerts = async () => (await grace.ok("GET", "/api/security/alerts?status=open")).data;

  test("who holds the button is seen at once on whatever page a guard is, and sees who comes", async () => {
    const [resident, guard, other] = await Promise.all([
      browser.window(world, "ana"),
      browser.window(world, "grace"),
      browser.window(world, "hugo", { path: "/security" }),
    ]);
    await resident.context.grantPermissions(["geolocation"]);
    await resident.context.setGeolocation(PLACE);
    await Promise.all([isLive(guard), isLive(other)]);
    await guard.accessible("the banner without alerts");
    await guard.screenshot("alert-banner-none");
    await resident.open("Lobby");

    await hold(resident);
    await resident.accessible("the time to call it off");
    await resident.screenshot("alert-countdown");
    await resident.button("Send now").click();
    await own(resident, "Security has been told.").waitFor();
    await resident.accessible("one's own alert");
    await resident.screenshot("alert-own-sent");
    await urgent(guard, ADDRESS).waitFor();
    assert.match(await guard.page.title(), /1 alert/);
    await guard.page.locator(".alert-news", { hasText: "Panic alert: Ana" }).waitFor({ state: "attached" });
    await guard.accessible("the banner");
    await guard.screenshot("alert-banner");

    await guard.button("Take it: the alert of Ana").click();
    await own(resident, "Grace has taken your alert.").waitFor();
    await urgent(guard, "Ana").waitFor({ state: "detached" });
    await items(other).filter({ hasText: "Grace" }).waitFor();
    await guard.page.locator(".alert-summary").click();
    await items(guard).filter({ hasText: "Ana" }).click();
    await guard.page.getByText("4.60971, -74.08175").waitFor();
    await guard.button("On my way").click();
    await own(resident, "Grace is on the way to you.").waitFor();
    // Two, since one that comes right after the first is known and not kept.
    for (const latitude of [4.6105, 4.6112]) {
      await resident.context.setGeolocation({ ...PLACE, latitude });
      await guard.page.getByText(`${latitude.toFixed(5)}, -74.08175`).waitFor();
    }
    await guard.page.getByRole("img", { name: /A trail of \d places/ }).waitFor();
    await guard.page.getByText("Who was reached").click();
    await guard.page.locator(".alert-deliveries", { hasText: "saw it" }).waitFor();
    await guard.page.locator(".alert-timeline", { hasText: "Grace is on the way" }).waitFor();
    await guard.accessible("the dashboard");
    await guard.screenshot("alert-dashboard");

    await guard.button("Resolve").click();
    await guard.page.getByLabel("Reason").fill("Ambulance came");
    await guard.button("Close the alert").click();
    await own(resident, "Grace has closed your alert.").waitFor();
    await items(guard).filter({ hasText: "Ana" }).waitFor({ state: "detached" });
    await guard.button("History").click();
    await items(guard).filter({ hasText: "Resolved" }).waitFor();
    await guard.accessible("the history");
    await guard.screenshot("alert-history");
    assert.deepEqual([...resident.errors, ...guard.errors, ...other.errors], []);
    await Promise.all([resident.close(), guard.close(), other.close()]);
  });

  test("what is called off in time was never sent; who leaves the page meanwhile has sent it", async () => {
    const resident = await browser.window(world, "ana");
    await resident.item("Lobby").waitFor();
    await hold(resident);
    await resident.button("Cancel").click();
    await resident.page.locator(".countdown").waitFor({ state: "detached" });
    await hold(resident);
    await resident.page.keyboard.press("Escape");
    await resident.page.locator(".countdown").waitFor({ state: "detached" });
    assert.deepEqual(await openAlerts(), []);

    await hold(resident);
    await resident.page.goto("about:blank");
    await eventually(async () => (await openAlerts()).length === 1, "the alert of who left");
    await resident.page.goto(`${world.url}/?as=ana`);
    await own(resident, "Security has been told.").waitFor();
    assert.equal((await openAlerts()).length, 1, "it is the same alert");
    await resident.button("Cancel alert").click();
    await resident.button("Yes, I am safe").click();
    await own(resident, "Your alert is cancelled.").waitFor();
    assert.deepEqual(await openAlerts(), []);
    assert.deepEqual(resident.errors, []);
    await resident.close();
  });

  test("a key does what a finger does, and a key that is held does not press what comes next", async () => {
    const resident = await browser.window(world, "ana", { viewport: PHONE, colorScheme: "dark" });
    const { keyboard } = resident.page;
    await resident.item("Lobby").waitFor();
    await panicButton(resident).focus();
    await keyboard.down(" ");
    await resident.page.locator(".panic-button[data-phase=holding]").waitFor();
    await keyboard.up(" ");
    await resident.page.locator(".panic-button[data-phase=idle]").waitFor();

    await keyboard.down("Enter");
    await resident.page.locator(".countdown").waitFor();
    // The key repeats.
    await keyboard.down("Enter");
    await keyboard.down("Enter");
    await keyboard.up("Enter");
    assert.equal(await resident.page.locator(".countdown").count(), 1);
    await resident.fits();
    await resident.screenshot("phone-alert-countdown");
    await keyboard.press("Tab");
    await keyboard.press("Tab");
    await keyboard.press("Enter");
    await own(resident, "Security has been told.").waitFor();
    await resident.fits();
    await resident.accessible("one's own alert on a phone");
    await resident.screenshot("phone-alert-own");
    assert.equal((await openAlerts()).length, 1);
    await closeAll();
    await own(resident, "Grace has closed your alert.").waitFor();
    assert.deepEqual(resident.errors, []);
    await resident.close();
  });

  test("what the network keeps back is sent when it is there again, also by a page that was opened anew", async () => {
    const resident = await browser.window(world, "ana");
    await resident.item("Lobby").waitFor();
    const isRaise = (url) => url.pathname === "/api/security/alerts";
    const tried = [];
    await resident.context.route(isRaise, (route) => {
      tried.push(route.request().postDataJSON().id);
      return route.abort();
    });
    await hold(resident);
    await resident.button("Send now").click();
    await own(resident, "Still trying to reach security.").waitFor();
    await resident.screenshot("alert-own-retrying");
    await resident.page.reload();
    await own(resident, "Still trying to reach security.").waitFor();
    await resident.context.unroute(isRaise);
    await own(resident, "Security has been told.").waitFor();
    const open = await openAlerts();
    assert.deepEqual(
      open.map(({ id }) => id),
      [tried[0]],
    );
    assert.deepEqual([...new Set(tried)], [tried[0]]);
    await closeAll();
    assert.deepEqual(resident.errors, []);
    await resident.close();
  });

  test("a burst of twenty is announced together, and all twenty are there", async () => {
    const guard = await browser.window(world, "grace", { path: "/security" });
    await isLive(guard);
    await guard.page.evaluate(() => {
      const place = document.querySelector(".alert-news");
      globalThis.said = [];
      const note = () => place.textContent !== "" && globalThis.said.push(place.textContent);
      new MutationObserver(note).observe(place, { childList: true, subtree: true, characterData: true });
    });
    const people = Array.from({ length: 20 }, (_, n) => world.person(`${100 + n}`, { name: `Resident ${n}` }));
    await Promise.all(people.map((person) => raise(person)));
    await guard.page.getByText("Open (20)").waitFor();
    await guard.page.waitForFunction(
      () => globalThis.said.reduce((sum, words) => sum + Number.parseInt(words, 10), 0) === 20,
    );
    // What is raised more than a second later is a sentence of its own.
    const said = await guard.page.evaluate(() => globalThis.said);
    assert.ok(said.length <= 2, said.join("\n"));
    assert.match(said[0], /^\d+ panic alerts need somebody\./);
    await guard.accessible("twenty alerts");
    await guard.screenshot("alert-burst");
    await closeAll();
    await guard.page.getByText("No open alerts.").waitFor();
    assert.deepEqual(guard.errors, []);
    await guard.close();
  });

  test("after the server was away the page shows what it has missed, and nothing that is over", async () => {
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
    await closeAll();
    assert.deepEqual(guard.errors, []);
    await guard.close();
  });

  test("duress is unmistakable to a guard, and to the resident it is cancelled", async () => {
    await ana.ok("PUT", "/api/me/alert-pins", { cancel_pin: "1234", duress_pin: "4321" });
    const [resident, guard] = [
      await browser.window(world, "ana", { viewport: PHONE }),
      await browser.window(world, "grace", { path: "/security" }),
    ];
    await Promise.all([resident.item("Lobby").waitFor(), isLive(guard)]);
    await hold(resident);
    await resident.button("Send now").click();
    await own(resident, "Security has been told.").waitFor();
    await resident.button("Cancel alert").click();
    await resident.button("Yes, I am safe").click();
    const enter = async (pin) => {
      await resident.page.getByLabel("Your PIN").fill(pin);
      await resident.button("Cancel with PIN").click();
    };
    await enter("9999");
    await resident.page.getByText("That PIN is not right.").waitFor();
    await resident.fits();
    await resident.accessible("the PIN");
    await resident.screenshot("phone-alert-pin");
    await enter("4321");
    await own(resident, "Your alert is cancelled.").waitFor();
    await urgent(guard, "Under duress").waitFor();
    await items(guard).filter({ hasText: "Ana" }).click();
    await guard.page.getByText("gave the duress PIN").waitFor();
    await guard.accessible("an alert under duress");
    await guard.screenshot("alert-duress");
    // Whatever happens to it from here on, the resident's page does not show.
    await guard.button("Take it", { exact: true }).first().click();
    await items(guard).filter({ hasText: "Grace" }).waitFor();
    await resident.page.reload();
    await resident.item("Lobby").waitFor();
    await resident.page.locator(".dot-live").first().waitFor();
    assert.equal(await own(resident, "").count(), 0);
    assert.doesNotMatch(await resident.page.content(), /duress/i);
    await closeAll();
    assert.deepEqual([...resident.errors, ...guard.errors], []);
    await Promise.all([resident.close(), guard.close()]);
  });

  test("of two who take it at once one has it, and the other sees who", async () => {
    const guard = await browser.window(world, "grace", { path: "/security" });
    await isLive(guard);
    const { id } = await raise(ana);
    await items(guard).filter({ hasText: "Ana" }).click();
    const take = guard.page.locator(".alert-acts").getByRole("button", { name: "Take it" });
    await take.waitFor();
    // The other is faster by as long as it takes the news to get here.
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

  test("a drill looks like one, on a phone in the dark, and residents have no dashboard", async () => {
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
    await closeAll();

    const resident = await browser.window(world, "ana", { path: "/security" });
    await resident.page.getByText("Your account may not see panic alerts.").waitFor();
    assert.equal(await resident.page.locator(".alert-banner").count(), 0);
    assert.deepEqual([...guard.errors, ...resident.errors], []);
    await Promise.all([guard.close(), resident.close()]);
  });

  test("the alarm sounds until somebody has taken it, and not on a device that is muted", async () => {
    const guard = await browser.window(world, "grace");
    // What looks at a page counts as a touch to the browser; this keeps it as silent as it would be, and counts tones.
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
    await closeAll();
    await guard.page.getByText("No open alerts").waitFor();
    assert.equal(await tones(), last, "it is quiet");
    assert.deepEqual(guard.errors, []);
    await guard.close();
  });

  test("a device that is paged shows one notification for each alert, and is quiet once somebody has it", async () => {
    // Browsers without a profile get no subscription from a push service; what a worker does with a message is the same.
    const guard = await browser.window(world, "grace");
    await isLive(guard);
    await guard.context.grantPermissions(["notifications"]);
    const devtools = await guard.context.newCDPSession(guard.page);
    const registered = new Promise((resolve) =>
      devtools.on("ServiceWorker.workerRegistrationUpdated", ({ registrations: [first] }) => first && resolve(first)),
    );
    await devtools.send("ServiceWorker.enable");
    await guard.page.evaluate(async () => {
      await navigator.serviceWorker.register("/alerts-worker.js");
      await navigator.serviceWorker.ready;
    });
    const { registrationId } = await registered;
    const push = (message) => {
      const data = JSON.stringify({ title: "Panic alert: Ana", tag: "a-1", data: { alert_id: "a-1" }, ...message });
      return devtools.send("ServiceWorker.deliverPushMessage", { origin: world.url, registrationId, data });
    };
    const shown = () =>
      guard.page.evaluate(async () => {
        const registration = await navigator.serviceWorker.ready;
        return (await registration.getNotifications()).map(
          ({ body, silent }) => `${body} ${silent ? "quiet" : "loud"}`,
        );
      });
    const shows = (...notes) =>
      eventually(async () => JSON.stringify(await shown()) === JSON.stringify(notes), `notifications: ${notes}`);
    await push({ body: "Needs help now.", renotify: true, silent: false, requireInteraction: true });
    await shows("Needs help now. loud");
    await push({ body: "Hugo has taken it.", renotify: false, silent: true });
    await shows("Hugo has taken it. quiet");
    assert.deepEqual(guard.errors, []);
    await guard.close();
  });
});
