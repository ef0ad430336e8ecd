// The list of notifications and what a user wants to be notified of, on the chat page with demo data.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import { seedDemo } from "../../scripts/lib/demo.mjs";
import { PHONE, startBrowser } from "../support/browser.mjs";
import { backend } from "../support/pusher.mjs";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

const PREFERENCES = "/api/me/notification-preferences";

describe("notifications", () => {
  let world, browser, folder, server, admin, ana, ben, carla, lobby;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "campana-demo-"));
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

    // The address of a notification that is over leads to the list.
    await desk.closeDialog();
    await desk.page.evaluate(() => {
      location.hash = "#/n/0190a7c0-0000-7000-8000-000000000006";
    });
    await desk.dialog.getByRole("heading", { name: "Notifications" }).waitFor();
    assert.equal(new URL(desk.page.url()).hash, "#/");
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
});
