// Panic alerts in Chromium: a resident holds the button, and a guard sees the alert on every page.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { ADDRESS, hold, isLive, items, own, panicButton, startAlertPages, urgent } from "../support/alert-pages.mjs";
import { PHONE } from "../support/browser.mjs";
import { eventually } from "../support/world.mjs";

const PLACE = { latitude: 4.60971, longitude: -74.08175, accuracy: 12 };

describe("raising an alert on the page", () => {
  let watch, world, browser, ana;

  before(async () => {
    watch = await startAlertPages();
    ({ world, browser, ana } = watch);
  });
  beforeEach(() => watch.closeAll());
  after(() => watch?.stop());

  test("an alert is visible immediately on every page of a guard, and the resident sees who responds", async () => {
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
    // Two locations, because the trail leaves out one right after the first.
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

  test("a press cancelled during the countdown is not sent; leaving the page sends it", async () => {
    const resident = await browser.window(world, "ana");
    await resident.item("Lobby").waitFor();
    await hold(resident);
    await resident.button("Cancel").click();
    await resident.page.locator(".countdown").waitFor({ state: "detached" });
    await hold(resident);
    await resident.page.keyboard.press("Escape");
    await resident.page.locator(".countdown").waitFor({ state: "detached" });
    assert.deepEqual(await watch.openAlerts(), []);

    await hold(resident);
    await resident.page.goto("about:blank");
    await eventually(async () => (await watch.openAlerts()).length === 1, "the alert");
    await resident.page.goto(`${world.url}/?as=ana`);
    await own(resident, "Security has been told.").waitFor();
    assert.equal((await watch.openAlerts()).length, 1, "it is the same alert");
    await resident.button("Cancel alert").click();
    await resident.button("Yes, I am safe").click();
    await own(resident, "Your alert is cancelled.").waitFor();
    assert.deepEqual(await watch.openAlerts(), []);
    assert.deepEqual(resident.errors, []);
    await resident.close();
  });

  test("a key works like a pointer, and a held key does not press the next control", async () => {
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
    assert.equal((await watch.openAlerts()).length, 1);
    await watch.closeAll();
    await own(resident, "Grace has closed your alert.").waitFor();
    assert.deepEqual(resident.errors, []);
    await resident.close();
  });

  test("an alert raised offline is sent on reconnect, also by a reloaded page", async () => {
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
    const open = await watch.openAlerts();
    assert.deepEqual(
      open.map(({ id }) => id),
      [tried[0]],
    );
    assert.deepEqual([...new Set(tried)], [tried[0]]);
    await watch.closeAll();
    assert.deepEqual(resident.errors, []);
    await resident.close();
  });

  test("duress is clearly marked for guards, and the resident sees a cancelled alert", async () => {
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
    // The resident's page shows no later change of the alert.
    await guard.button("Take it", { exact: true }).first().click();
    await items(guard).filter({ hasText: "Grace" }).waitFor();
    await resident.page.reload();
    await resident.item("Lobby").waitFor();
    await resident.page.locator(".dot-live").first().waitFor();
    assert.equal(await own(resident, "").count(), 0);
    assert.doesNotMatch(await resident.page.content(), /duress/i);
    await watch.closeAll();
    assert.deepEqual([...resident.errors, ...guard.errors], []);
    await Promise.all([resident.close(), guard.close()]);
  });
});
