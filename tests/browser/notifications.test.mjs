// The list of notifications, what a user wants to be notified of, and notifications on a device, with demo data. The worker is the
// real one in Chromium; a browser without a profile gets no push subscription, so the page gets the test device's.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import { seedDemo } from "../../scripts/lib/demo.mjs";
import { PHONE, startBrowser } from "../support/browser.mjs";
import { PushService, publicKey, VAPID } from "../support/push-service.mjs";
import { backend } from "../support/pusher.mjs";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

const DEVICES = "/api/me/push/subscriptions";
const PREFERENCES = "/api/me/notification-preferences";

describe("notifications", () => {
  let world, browser, folder, service, server, admin, ana, ben, carla, lobby;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "campana-demo-"));
    service = await PushService.start();
    world = await startWorld({ limits: WIDE });
    await seedDemo(world.url, folder);
    [admin, ana, ben, carla] = [
      world.person("1", { name: "Admin", roles: ["admin"] }),
      world.person("7", { name: "Ana" }),
      world.person("8", { name: "Ben" }),
      world.person("9", { name: "Carla" }),
    ];
    const { data } = await ana.ok("GET", "/api/chat/conversations");
    lobby = data.find(({ room_name }) => room_name === "Lobby").id;
    server = backend(world);
    browser = await startBrowser();
  });
  afterEach(async () => {
    const open = windows.splice(0);
    await Promise.all(open.map((window) => window.close()));
    assert.deepEqual(
      open.flatMap(({ errors }) => errors),
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
  const notify = (user, body) => server.post({ path: "/notifications", body: { user_ids: [user], ...body } });
  const unreadOf = async (person) => (await person.ok("GET", "/api/notifications/count")).unread;
  const bell = ({ page }) => page.getByRole("button", { name: /^Notifications(,|$)/ });
  const counts = (window, unread) =>
    window.page
      .getByRole("button", { name: unread === 0 ? "Notifications" : `Notifications, ${unread} unread`, exact: true })
      .waitFor();
  const row = ({ dialog }, text) => dialog.locator(".notification", { hasText: text });
  const openList = async (window) => {
    await bell(window).click();
    await window.dialog.getByRole("heading", { name: "Notifications" }).waitFor();
  };
  const windows = [];
  const open = async (person, options) => {
    const window = await browser.window(world, person, options);
    windows.push(window);
    return window;
  };

  test("the list is live, leads to each place, and what is read in one window is read in the other", async () => {
    await ana.ok("POST", "/api/notifications/read", { up_to: "ffffffff-ffff-7fff-bfff-ffffffffffff" });
    const [desk, phone] = [await open("ana"), await open("ana", { viewport: PHONE, colorScheme: "dark" })];
    await Promise.all([counts(desk, 0), counts(phone, 0)]);
    await openList(phone);
    await phone.closeDialog();

    const first = await say(ana, { body: "Does anyone have a ladder?" });
    await say(ben, { body: "I have one. @Ana, come and get it before the technician leaves at half past two." });
    const reply = await say(carla, { body: "There is another one in the cellar.", parent_id: first.id });
    await notify("7", { title: "Your parcel is here", body: "At the reception.", key: "parcel", url: "/docs" });
    await notify("7", { title: "Elsewhere", key: "elsewhere", url: "https://example.org/orders?id=1" });
    await notify("7", { title: "Not safe", key: "unsafe", url: "http://example.org/" });
    const room = await admin.ok("POST", "/api/chat/rooms", { name: "Garden", visibility: "private" });
    await admin.ok("POST", `/api/chat/rooms/${room.id}/invites`, { user_id: "7" });
    await Promise.all([counts(desk, 6), counts(phone, 6)]);
    await openList(phone);
    await openList(desk);
    await row(desk, "Ben mentioned you").waitFor();
    await row(desk, "Carla replied in a thread").getByText("Lobby").waitFor();
    await row(desk, "Admin invites you to Garden").waitFor();
    await desk.screenshot("notifications");
    await desk.accessible("the notifications");
    await phone.screenshot("notifications-phone-dark");
    await phone.accessible("the notifications on a phone");
    await phone.fits("the notifications");

    // Links are of this origin or go by HTTPS, in a window that knows nothing of this one.
    const link = row(desk, "Elsewhere").getByRole("link");
    assert.deepEqual(await Promise.all(["href", "target", "rel"].map((name) => link.getAttribute(name))), [
      "https://example.org/orders?id=1",
      "_blank",
      "noopener noreferrer",
    ]);
    assert.equal(await row(desk, "Your parcel is here").getByRole("link").getAttribute("href"), `${world.url}/docs`);
    assert.equal(await row(desk, "Not safe").getByRole("link").count(), 0);

    // One is marked as read; with the filter, it goes, and the focus stays in the dialog.
    await desk.dialog.getByRole("button", { name: "Unread", exact: true }).click();
    await row(desk, "Not safe").waitFor();
    await desk.dialog.getByRole("button", { name: "Mark as read: Not safe" }).click();
    await row(desk, "Not safe").waitFor({ state: "detached" });
    assert.equal(await desk.page.evaluate(() => document.activeElement?.closest(".notification") !== null), true);
    await row(phone, "Not safe").and(phone.page.locator(":not(.is-unread)")).waitFor();

    // The thread, over the conversation on a phone, is read with that.
    await row(phone, "Carla replied in a thread").getByRole("button").first().click();
    await phone.page.locator(`.thread [data-message="${reply.id}"].target`).waitFor();
    await counts(desk, 4);
    await row(desk, "Ben mentioned you").getByRole("button").first().click();
    await desk.page.locator(".message.target", { hasText: "come and get it" }).waitFor();
    await desk.dialog.waitFor({ state: "detached" });
    await counts(desk, 3);

    // An invite has a page of its own.
    await openList(desk);
    await row(desk, "Admin invites you to Garden").getByRole("button").first().click();
    await desk.page.getByRole("heading", { name: "Garden" }).waitFor();
    await desk.page.goBack();

    await openList(desk);
    await desk.dialog.getByRole("button", { name: "Mark all as read" }).click();
    await counts(desk, 0);
    await desk.dialog.getByRole("button", { name: "Unread", exact: true }).click();
    await desk.dialog.getByText("You have read all notifications.").waitFor();
    await desk.screenshot("notifications-none");
    await eventually(async () => (await unreadOf(ana)) === 0, "all are read");
    await phone.page.goBack();
    await counts(phone, 0);
  });

  test("reading a conversation reads its notifications, and a deletion withdraws them", async () => {
    const desk = await open("ana");
    await counts(desk, 0);
    const gone = await say(ben, { body: "@Ana, a mistake" });
    await say(ben, { body: "@Ana, see this" });
    await counts(desk, 2);
    await ben.ok("DELETE", `/api/chat/messages/${gone.id}?conversation_id=${lobby}`);
    await counts(desk, 1);
    await openList(desk);
    await row(desk, "see this").waitFor();
    assert.equal(await row(desk, "a mistake").count(), 0);
    await desk.closeDialog();
    await desk.open("Lobby");
    await counts(desk, 0);
  });

  test("a list that cannot be loaded says so, and what was missed is fetched", async () => {
    const desk = await open("ana");
    await desk.item("Lobby").waitFor();
    await counts(desk, 0);
    await desk.page.route("**/api/notifications?*", (route) => route.fulfill({ status: 403, json: {} }));
    await openList(desk);
    await desk.dialog.getByRole("alert").getByText("The notifications could not be loaded.").waitFor();
    await desk.page.unroute("**/api/notifications?*");
    await desk.dialog.getByRole("button", { name: "Try again" }).click();
    await row(desk, "Your parcel is here").waitFor();
    for (let n = 0; n < 35; n += 1) await notify("7", { title: `Parcel ${n}`, key: `parcel-${n}` });
    await counts(desk, 35);
    await desk.closeDialog();
    await desk.page.reload();
    await openList(desk);
    await row(desk, "Parcel 34").waitFor();
    const unread = (title) => desk.dialog.getByRole("button", { name: `Mark as read: ${title}`, exact: true });
    assert.equal(await unread("Parcel 0").count(), 0);
    await desk.dialog.getByRole("button", { name: "Show older ones" }).click();
    await unread("Parcel 0").waitFor();

    // While the connection is gone, nothing arrives; afterwards everything is fetched.
    await desk.context.setOffline(true);
    await desk.page.locator(".dot-offline").waitFor();
    await notify("7", { title: "While you were away", key: "away" });
    await desk.context.setOffline(false);
    await row(desk, "While you were away").waitFor();
    await counts(desk, 36);
    await desk.dialog.getByRole("button", { name: "Mark all as read" }).click();
    await counts(desk, 0);
  });

  test("a moderator is led to the reports", async () => {
    const message = await say(ben, { body: "Buy cheap watches" });
    await carla.ok("POST", `/api/chat/messages/${message.id}/report?conversation_id=${lobby}`, {
      reason: "spam",
      note: "",
    });
    const desk = await open("admin");
    await openList(desk);
    await row(desk, "reported a message").getByRole("button").first().click();
    await desk.dialog.getByRole("heading", { name: "Reports of messages" }).waitFor();
    await desk.dialog.getByText("Buy cheap watches").waitFor();
  });

  test("kinds and hours without pushes are chosen, saved, and refused with a reason", async () => {
    const [desk, phone] = [
      await open("ana"),
      await open("ana", { viewport: PHONE, colorScheme: "dark", locale: "es-MX" }),
    ];
    await openList(desk);
    await desk.button("Settings of notifications").click();
    const { dialog } = desk;
    const kind = (name) => dialog.getByRole("checkbox", { name, exact: true });
    await kind("Mentions: In the list").waitFor();
    assert.equal(await kind("Reactions to your messages: Pushed").isDisabled(), true);
    await kind("Reactions to your messages: In the list").check();
    await kind("Reactions to your messages: Pushed").check();
    await kind("Messages of the application: Pushed").uncheck();
    await dialog.getByRole("checkbox", { name: /^Do not disturb/ }).check();
    const zone = await desk.page.evaluate(() => new Intl.DateTimeFormat().resolvedOptions().timeZone);
    assert.equal(await dialog.getByLabel("Time zone").inputValue(), zone);
    await dialog.getByLabel("From").fill("21:30");
    await dialog.getByLabel("Until").fill("06:00");
    await dialog.getByLabel("Time zone").selectOption("America/Bogota");
    for (const day of ["Saturday", "Sunday"]) await kind(day).uncheck();
    await desk.accessible("the settings");
    await dialog.getByRole("button", { name: "Save" }).scrollIntoViewIfNeeded();
    await desk.screenshot("notification-settings");

    await desk.page.route(`**${PREFERENCES}`, (route) =>
      route.fulfill({
        status: 422,
        contentType: "application/problem+json",
        json: { type: "https://x/problems/invalid", title: "Invalid", status: 422, detail: "not a time zone" },
      }),
    );
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.getByText("The settings were not saved. not a time zone").waitFor();
    await desk.page.unroute(`**${PREFERENCES}`);
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.getByText("Saved.").waitFor();
    const stored = await ana.ok("GET", PREFERENCES);
    assert.deepEqual(stored.do_not_disturb, {
      ...{ from: "21:30", to: "06:00", time_zone: "America/Bogota", days: ["mon", "tue", "wed", "thu", "fri"] },
    });
    assert.deepEqual(
      [stored.kinds.reaction, stored.kinds.app],
      [
        { inbox: true, push: true },
        { inbox: true, push: false },
      ],
    );

    // In Spanish, on a phone, they are the same.
    await phone.page.getByRole("button", { name: /^Notificaciones/ }).click();
    await phone.page.getByRole("button", { name: "Ajustes de notificaciones" }).click();
    const spanish = phone.dialog;
    await spanish.getByLabel("Zona horaria").waitFor();
    assert.equal(await spanish.getByLabel("Zona horaria").inputValue(), "America/Bogota");
    assert.equal(await spanish.getByRole("checkbox", { name: "sábado" }).isChecked(), false);
    await phone.screenshot("notification-settings-phone-1");
    await spanish.getByRole("button", { name: "Guardar" }).scrollIntoViewIfNeeded();
    await phone.screenshot("notification-settings-phone-2");
    await phone.accessible("the settings on a phone");
    await phone.fits("the settings");
    await spanish.getByRole("checkbox", { name: /^No molestar/ }).uncheck();
    await spanish.getByRole("button", { name: "Guardar" }).click();
    await spanish.getByText("Guardado.").waitFor();
    assert.equal((await ana.ok("GET", PREFERENCES)).do_not_disturb, null);
  });

  /** A window whose browser returns this device's subscription, for the worker of notifications only. */
  const deviceWindow = async (person, device, permission) => {
    const window = await open(person);
    if (permission) await window.context.grantPermissions(["notifications"]);
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
      globalThis.asked = 0;
      const ask = Notification.requestPermission.bind(Notification);
      Notification.requestPermission = () => {
        globalThis.asked += 1;
        return ask();
      };
    }, device.subscription);
    await window.page.reload();
    await window.item("Lobby").waitFor();
    return window;
  };
  const endpoints = async (person) => (await person.ok("GET", DEVICES)).data.map(({ endpoint }) => endpoint);

  /** Delivers messages to the worker, as the browser would, and reads and clicks what it shows. */
  const worker = async (window) => {
    const devtools = await window.context.newCDPSession(window.page);
    const active = new Promise((resolve) =>
      devtools.on("ServiceWorker.workerVersionUpdated", ({ versions }) => {
        const isActive = ({ scriptURL, status }) =>
          scriptURL.endsWith("/notifications-worker.js") && status === "activated";
        const found = versions.find(isActive);
        if (found) resolve(found);
      }),
    );
    await devtools.send("ServiceWorker.enable");
    const { registrationId } = await active;
    const shown = () =>
      window.page.evaluate(async () => {
        const registration = await navigator.serviceWorker.getRegistration("/notifications/");
        return (await registration.getNotifications()).map(({ title, body }) => `${title}: ${body}`);
      });
    const running = () =>
      window.context.serviceWorkers().find((each) => each.url().endsWith("/notifications-worker.js"));
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
    const desk = await deviceWindow("ana", device, true);
    assert.equal(await desk.page.evaluate(() => globalThis.asked), 0);
    await openSettings(desk);
    await pushSwitch(desk).and(desk.page.locator(":enabled")).click();
    await pushSwitch(desk).and(desk.page.locator(":checked")).waitFor();
    assert.deepEqual(await endpoints(ana), [device.endpoint]);
    const key = await desk.page.evaluate(() => localStorage.getItem("test.subscribed"));
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
    const desk = await deviceWindow("ana", service.device(), false);
    await openSettings(desk);
    assert.equal(await desk.page.evaluate(() => globalThis.asked), 0);
    await pushSwitch(desk).and(desk.page.locator(":enabled")).click();
    await desk.dialog.getByText("Notifications of this page are blocked.").waitFor();
    assert.equal(await desk.page.evaluate(() => globalThis.asked), 1);
    assert.equal(await pushSwitch(desk).isDisabled(), true);
    await desk.accessible("a blocked device");
    assert.deepEqual(await endpoints(ana), []);
  });
});
