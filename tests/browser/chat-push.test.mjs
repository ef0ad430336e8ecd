// Notifications on a device, from the switch in the settings to the click: the real edge, a test push service, and the real service
// worker in Chromium. A browser without a profile gets no push subscription, so the page gets those of test devices.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import { seedDemo } from "../../scripts/lib/demo.mjs";
import { startBrowser } from "../support/browser.mjs";
import { PushService, publicKey, VAPID } from "../support/push-service.mjs";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

const DEVICES = "/api/me/push/subscriptions";
const PAGED_DEVICES = "/api/security/push/subscriptions";
const SCOPE = "/notifications/";

describe("notifications on a device", () => {
  let world, browser, folder, service, ana, ben, lobby;
  const windows = [];

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "campana-demo-"));
    service = await PushService.start();
    world = await startWorld({ limits: WIDE });
    await seedDemo(world.url, folder);
    [ana, ben] = [world.person("7", { name: "Ana" }), world.person("8", { name: "Ben" })];
    const { data } = await ana.ok("GET", "/api/chat/conversations");
    lobby = data.find(({ room_name }) => room_name === "Lobby").id;
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
    service?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const say = (person, draft) => person.ok("POST", `/api/chat/conversations/${lobby}/messages`, draft);
  const counts = (window, unread) =>
    window.page
      .getByRole("button", { name: unread === 0 ? "Notifications" : `Notifications, ${unread} unread`, exact: true })
      .waitFor();

  /** A window whose browser returns a device's subscription for each worker, by its scope: as browsers do, one for each. */
  const deviceWindow = async (person, devices, isAllowed) => {
    const window = await browser.window(world, person);
    windows.push(window);
    if (isAllowed) await window.context.grantPermissions(["notifications"]);
    const subscriptions = Object.fromEntries(
      Object.entries(devices).map(([scope, { subscription }]) => [world.url + scope, subscription]),
    );
    await window.context.addInitScript((known) => {
      const own = (scope) => {
        const key = localStorage.getItem(`test.subscribed ${scope}`);
        if (key === null) return null;
        const padded = key.replaceAll("-", "+").replaceAll("_", "/");
        return {
          endpoint: known[scope].endpoint,
          options: { applicationServerKey: Uint8Array.from(atob(padded), (c) => c.charCodeAt(0)).buffer },
          toJSON: () => known[scope],
          unsubscribe: async () => localStorage.removeItem(`test.subscribed ${scope}`) === undefined,
        };
      };
      const scopeOf = async (manager) => {
        const registrations = await navigator.serviceWorker.getRegistrations();
        return registrations.find(({ pushManager }) => pushManager === manager).scope;
      };
      PushManager.prototype.getSubscription = async function () {
        return own(await scopeOf(this));
      };
      PushManager.prototype.subscribe = async function ({ applicationServerKey }) {
        const scope = await scopeOf(this);
        localStorage.setItem(`test.subscribed ${scope}`, applicationServerKey);
        return own(scope);
      };
      globalThis.asked = 0;
      const ask = Notification.requestPermission.bind(Notification);
      Notification.requestPermission = () => {
        globalThis.asked += 1;
        return ask();
      };
    }, subscriptions);
    await window.page.reload();
    await window.page.getByRole("button", { name: /^Notifications/ }).waitFor();
    return window;
  };
  const endpoints = async (person, path = DEVICES) =>
    (await person.ok("GET", path)).data.map(({ endpoint }) => endpoint);

  /** Delivers messages to the worker, as the browser would, and reads and clicks what it shows. */
  const worker = async (window, script = "/notifications-worker.js", scope = SCOPE) => {
    const devtools = await window.context.newCDPSession(window.page);
    const active = new Promise((resolve) =>
      devtools.on("ServiceWorker.workerVersionUpdated", ({ versions }) => {
        const isActive = ({ scriptURL, status }) => scriptURL.endsWith(script) && status === "activated";
        const found = versions.find(isActive);
        if (found) resolve(found);
      }),
    );
    await devtools.send("ServiceWorker.enable");
    const { registrationId } = await active;
    const shown = () =>
      window.page.evaluate(async (scope) => {
        const registration = await navigator.serviceWorker.getRegistration(scope);
        return (await registration.getNotifications()).map(({ title, body }) => `${title}: ${body}`);
      }, scope);
    const running = () => window.context.serviceWorkers().find((each) => each.url().endsWith(script));
    return {
      push: (message) =>
        devtools.send("ServiceWorker.deliverPushMessage", {
          ...{ origin: world.url, registrationId, data: JSON.stringify(message) },
        }),
      /** Waits until the device shows exactly these, in any order. */
      shows: async (...words) => {
        let last;
        const isSo = async () => {
          last = (await shown()).sort();
          return JSON.stringify(last) === JSON.stringify(words.sort());
        };
        await eventually(isSo, words.join()).catch(() => assert.deepEqual(last, words));
      },
      click: () =>
        running().evaluate(async () => {
          const [notification] = await self.registration.getNotifications();
          self.dispatchEvent(new NotificationEvent("notificationclick", { notification }));
        }),
    };
  };
  const pushSwitch = ({ dialog }) => dialog.getByRole("switch", { name: /^Push notifications to this device/ });
  const openSettings = async (window) => {
    await window.menu("Notification settings");
    await pushSwitch(window).waitFor();
  };

  test("a device is subscribed by a click, shows what is pushed, opens it, and closes what was read", async () => {
    const device = service.device();
    const desk = await deviceWindow("ana", { [SCOPE]: device }, true);
    assert.equal(await desk.page.evaluate(() => globalThis.asked), 0);
    await openSettings(desk);
    await pushSwitch(desk).and(desk.page.locator(":enabled")).click();
    await pushSwitch(desk).and(desk.page.locator(":checked")).waitFor();
    assert.deepEqual(await endpoints(ana), [device.endpoint]);
    const key = await desk.page.evaluate(() =>
      localStorage.getItem(`test.subscribed ${location.origin}/notifications/`),
    );
    assert.equal(key, publicKey(VAPID.VAPID_PRIVATE_KEY));
    await desk.dialog.getByRole("button", { name: "Send a test" }).click();
    await desk.dialog.getByText("Sent to 1 device.").waitFor();
    await desk.screenshot("notification-push");
    await desk.closeDialog();

    const { push, shows, click } = await worker(desk);
    const next = async (count) => (await eventually(() => device.shown[count - 1], `${count} messages`)).message;
    await push(await next(1));
    await shows("Campana: Notifications reach this device.");
    const message = await say(ben, { body: "@Ana, the lift works again" });
    await push(await next(2));
    await shows("Campana: Notifications reach this device.", "Ben mentioned you: @Ana, the lift works again");

    // What is read on another device closes here.
    await counts(desk, 1);
    await ana.ok("POST", `/api/chat/conversations/${lobby}/read`, {});
    await shows("Campana: Notifications reach this device.");

    await say(ben, { body: "@Ana, and the door too", parent_id: message.id });
    await counts(desk, 1);
    const pushed = await next(3);
    await push({ ...pushed, body: "first" });
    await push(pushed);
    await desk.page.evaluate(async () => {
      const registration = await navigator.serviceWorker.getRegistration("/notifications/");
      for (const each of await registration.getNotifications({ tag: "notification-test" })) each.close();
    });
    await shows("Ben mentioned you: @Ana, and the door too");
    await click();
    await desk.page.locator(".thread .message.target", { hasText: "and the door too" }).waitFor();
    await shows();
    await counts(desk, 0);

    // A message that cannot be read is shown too: a browser that shows nothing loses its subscription.
    await push("[");
    await shows("New notification: ");

    // The next visit renews it; somebody else's does not touch it; signing out ends it.
    await ana.ok("DELETE", DEVICES, { endpoint: device.endpoint });
    await desk.page.reload();
    await eventually(async () => (await endpoints(ana)).length === 1, "the device once more");
    await desk.page.goto(`${world.url}/?as=ben`);
    await desk.item("Lobby").waitFor();
    assert.deepEqual([await endpoints(ben), await endpoints(ana)], [[], [device.endpoint]]);
    await desk.page.goto(`${world.url}/?as=ana`);
    await desk.page.getByRole("button", { name: /^You are Ana/ }).click();
    await desk.page.getByRole("heading", { name: "Who are you today?" }).waitFor();
    await eventually(async () => (await endpoints(ana)).length === 0, "no device");
  });

  test("a browser that refuses explains how to change that, and is not asked by itself", async () => {
    const desk = await deviceWindow("ana", { [SCOPE]: service.device() }, false);
    await openSettings(desk);
    assert.equal(await desk.page.evaluate(() => globalThis.asked), 0);
    await pushSwitch(desk).and(desk.page.locator(":enabled")).click();
    await desk.dialog.getByText("Notifications of this page are blocked.").waitFor();
    assert.equal(await desk.page.evaluate(() => globalThis.asked), 1);
    assert.equal(await pushSwitch(desk).isDisabled(), true);
    await desk.accessible("a blocked device");
    assert.deepEqual(await endpoints(ana), []);
  });

  test("pages of panic alerts stay when a guard turns notifications off, and notifications when they turn pages off", async () => {
    const grace = world.person("11", { name: "Grace", permissions: ["view_panic_alerts"] });
    const [paged, notified] = [service.device(), service.device()];
    const desk = await deviceWindow("grace", { "/": paged, [SCOPE]: notified }, true);
    const pages = desk.page.getByRole("switch", { name: "Page this device" });
    const both = async (...expected) =>
      assert.deepEqual([await endpoints(grace, PAGED_DEVICES), await endpoints(grace)], expected);
    const toSecurity = () => desk.page.goto(`${world.url}/security?as=grace`);
    const toChats = () => desk.page.goto(`${world.url}/?as=grace`);
    await toSecurity();
    await pages.and(desk.page.locator(":enabled")).click();
    await pages.and(desk.page.locator(":checked")).waitFor();
    await toChats();
    await openSettings(desk);
    await pushSwitch(desk).and(desk.page.locator(":enabled")).click();
    await pushSwitch(desk).and(desk.page.locator(":checked")).waitFor();
    await both([paged.endpoint], [notified.endpoint]);

    // Each worker shows its own.
    const [alerts, chats] = [await worker(desk, "/alerts-worker.js", "/"), await worker(desk)];
    await chats.push({ type: "notification", id: "n", kind: "mention", actor: "Ben", body: "hello", at: "" });
    await alerts.push({ title: "Panic alert: Ana", body: "Needs help now.", tag: "n", requireInteraction: true });
    await alerts.shows("Panic alert: Ana: Needs help now.");
    await chats.shows("Ben mentioned you: hello");

    await pushSwitch(desk).click();
    await pushSwitch(desk).and(desk.page.locator(":not(:checked):enabled")).waitFor();
    await both([paged.endpoint], []);
    await pushSwitch(desk).click();
    await pushSwitch(desk).and(desk.page.locator(":checked")).waitFor();
    await toSecurity();
    await pages.and(desk.page.locator(":checked:enabled")).waitFor();
    await pages.click();
    await pages.and(desk.page.locator(":not(:checked):enabled")).waitFor();
    await both([], [notified.endpoint]);
  });
});
