// Panic alerts in Chromium when something else goes wrong: lost answers, an open dialog, no network, no storage, two tabs.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { hold, own, startAlertPages } from "../support/alert-pages.mjs";
import { eventually } from "../support/world.mjs";

const isRaise = (url) => url.pathname === "/api/security/alerts";

describe("panic alerts when something goes wrong", () => {
  let watch, world, browser;

  before(async () => {
    watch = await startAlertPages();
    ({ world, browser } = watch);
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
    await resident.page.getByRole("alert").filter({ hasText: "This is not cancelled" }).waitFor();
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
});
