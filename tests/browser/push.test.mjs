// Paging a device, from the switch on the page to the notification: the real edge, a test push service, and the real service
// worker in Chromium. A browser without a profile gets no push subscription, so the page gets the test device's.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { isLive, items, raise, startAlertPages } from "../support/alert-pages.mjs";
import { PushService, publicKey, VAPID } from "../support/push-service.mjs";
import { eventually } from "../support/world.mjs";

const DEVICES = "/api/security/push/subscriptions";

describe("paging a device", () => {
  let watch, world, browser, ana, grace, service;

  before(async () => {
    service = await PushService.start();
    watch = await startAlertPages();
    ({ world, browser, ana, grace } = watch);
  });
  beforeEach(() => watch.closeAll());
  after(async () => {
    await watch?.stop();
    service?.stop();
  });

  /** A window whose browser returns this device's subscription. */
  const pagedWindow = async (person, device) => {
    const window = await browser.window(world, person);
    await window.context.grantPermissions(["notifications"]);
    await window.context.addInitScript((subscription) => {
      const HAS = "test.subscribed";
      const own = () => {
        const key = localStorage.getItem(HAS);
        if (key === null) return null;
        const padded = key.replaceAll("-", "+").replaceAll("_", "/");
        return {
          endpoint: subscription.endpoint,
          options: { applicationServerKey: Uint8Array.from(atob(padded), (c) => c.charCodeAt(0)).buffer },
          toJSON: () => subscription,
          unsubscribe: async () => localStorage.removeItem(HAS) === undefined,
        };
      };
      PushManager.prototype.getSubscription = async () => own();
      PushManager.prototype.subscribe = async ({ applicationServerKey }) => {
        localStorage.setItem(HAS, applicationServerKey);
        return own();
      };
    }, device.subscription);
    await window.page.goto(`${world.url}/security?as=${person}`);
    await isLive(window);
    return window;
  };
  const pageThisDevice = (window) => window.page.getByRole("switch", { name: "Page this device" });
  const endpoints = async (person) => (await person.ok("GET", DEVICES)).data.map(({ endpoint }) => endpoint);

  /** Delivers the push service's messages to the worker, as the browser would, and returns the shown notifications. */
  const worker = async (window) => {
    const devtools = await window.context.newCDPSession(window.page);
    const registered = new Promise((resolve) =>
      devtools.on("ServiceWorker.workerRegistrationUpdated", ({ registrations: [first] }) => first && resolve(first)),
    );
    await devtools.send("ServiceWorker.enable");
    const { registrationId } = await registered;
    const notifications = () =>
      window.page.evaluate(async () => {
        const registration = await navigator.serviceWorker.ready;
        const shown = await registration.getNotifications();
        return shown.map(({ title, body, silent }) => `${title}: ${body}${silent ? " (quiet)" : ""}`);
      });
    return {
      push: (message) => {
        const data = typeof message === "string" ? message : JSON.stringify(message);
        return devtools.send("ServiceWorker.deliverPushMessage", { origin: world.url, registrationId, data });
      },
      shows: (...words) =>
        eventually(async () => JSON.stringify(await notifications()) === JSON.stringify(words), words.join()),
      /** Clicks a notification. */
      click: () =>
        window.context.serviceWorkers()[0].evaluate(async () => {
          const [notification] = await self.registration.getNotifications();
          self.dispatchEvent(new NotificationEvent("notificationclick", { notification }));
        }),
    };
  };

  test("a notification pages a guard, becomes silent once the alert is acknowledged, and opens the alert", async () => {
    const device = service.device();
    const guard = await pagedWindow("grace", device);
    await pageThisDevice(guard).click();
    await eventually(async () => (await endpoints(grace)).length === 1, "the device");
    assert.deepEqual(await endpoints(grace), [device.endpoint]);
    const key = await guard.page.evaluate(() => localStorage.getItem("test.subscribed"));
    assert.equal(key, publicKey(VAPID.VAPID_PRIVATE_KEY));
    await guard.accessible("the switch");

    const { push, shows, click } = await worker(guard);
    const { id } = await raise(ana);
    await push((await device.receives("alert.triggered", id)).message);
    await shows("Panic alert: Ana: Needs help now. Open to see where.");
    const hugo = world.person("12", { name: "Hugo", permissions: ["view_panic_alerts"] });
    await hugo.ok("POST", `/api/security/alerts/${id}/acknowledge`);
    await push((await device.receives("alert.acknowledged", id)).message);
    await shows("Panic alert: Ana: Hugo has taken it. (quiet)");
    await guard.page.goto(`${world.url}/?as=grace`);
    await isLive(guard);
    await click();
    await guard.page.locator(".alert-timeline", { hasText: "Hugo took it" }).waitFor();
    assert.equal(new URL(guard.page.url()).hash, `#/security/${id}`);
    await shows();
    await push("not a valid message");
    await shows("Panic alert: Open to see it.");
    assert.deepEqual(guard.errors, []);
    await guard.close();
  });

  test("paging is renewed at the next visit, and ends by the switch or when another user signs in", async () => {
    const hugo = world.person("12", { name: "Hugo", permissions: ["view_panic_alerts"] });
    const device = service.device();
    const guard = await pagedWindow("hugo", device);
    await pageThisDevice(guard).click();
    await eventually(async () => (await endpoints(hugo)).length === 1, "the device");
    // The server has deleted the registration; a visit renews it.
    await hugo.ok("DELETE", DEVICES, { endpoint: device.endpoint });
    await guard.page.goto(`${world.url}/?as=hugo`);
    await eventually(async () => (await endpoints(hugo)).length === 1, "the device once more");
    await guard.page.goto(`${world.url}/security?as=hugo`);
    await pageThisDevice(guard).and(guard.page.locator(":checked:enabled")).waitFor();
    await pageThisDevice(guard).click();
    await eventually(async () => (await endpoints(hugo)).length === 0, "no device");

    await pageThisDevice(guard).and(guard.page.locator(":enabled")).click();
    await eventually(async () => (await endpoints(hugo)).length === 1, "the device again");
    await guard.page.goto(`${world.url}/?as=ana`);
    const isSubscribed = () => guard.page.evaluate(() => localStorage.getItem("test.subscribed") !== null);
    await eventually(async () => !(await isSubscribed()), "no subscription in a resident's browser");
    assert.equal(await items(guard).count(), 0);
    assert.deepEqual(guard.errors, []);
    await guard.close();
  });
});
