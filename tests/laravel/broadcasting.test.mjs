// A Laravel application with sessions and CSRF tokens, its queue's worker, and Echo in Chromium on its pages, configured as the guide shows.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { startBrowser } from "../support/browser.mjs";
import { laravelIsMissing, laravelVersion, startLaravel } from "../support/laravel.mjs";
import { backend } from "../support/pusher.mjs";
import { startWorld, WIDE } from "../support/world.mjs";

const PATIENCE_MS = 30_000;
const WEBHOOKS = ["channel_occupied", "channel_vacated", "member_added", "member_removed", "client_event"];

const skip = laravelIsMissing();
// Laravel has the connection `reverb` since release 11.
const connections = !skip && laravelVersion() > 10 ? ["pusher", "reverb"] : ["pusher"];

for (const connection of connections) {
  describe(`Laravel with the connection ${connection}`, { skip, timeout: 240_000 }, () => {
    let world, laravel, browser;

    before(async () => {
      world = await startWorld({ limits: WIDE });
      laravel = await startLaravel(world, { connection });
      const database = await world.engine.database();
      const webhooks = JSON.stringify([{ url: `${laravel.url}/api/hooks/campana`, events: WEBHOOKS }]);
      await database.prepare("UPDATE apps SET webhooks = ?1 WHERE tenant_id = 'demo'").bind(webhooks).run();
      browser = await startBrowser();
    });
    after(async () => {
      await browser?.stop();
      await laravel?.stop();
      await world?.stop();
    });

    /** Cookies of each user after the first sign-in. */
    const sessions = new Map();
    const signIn = async (page, name) => {
      await page.getByLabel("E-mail").fill(`${name.toLowerCase()}@orders.example`);
      await page.getByLabel("Password").fill(`password of ${name}`);
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.getByText(name, { exact: true }).waitFor();
      sessions.set(name, await page.context().storageState());
    };
    /** A page of the application, connected; of a guest without a name. */
    const tab = async (name) => {
      const context = await browser.browser.newContext({ storageState: sessions.get(name) });
      context.setDefaultTimeout(PATIENCE_MS);
      const page = await context.newPage();
      const errors = [];
      page.on("pageerror", (error) => errors.push(String(error)));
      await page.goto(laravel.url);
      if (name && !sessions.has(name)) await signIn(page, name);
      await page.waitForFunction(() => window.Echo.socketId());
      return { page, errors, close: () => context.close() };
    };
    /** Calls a function of the page's script. */
    const on = ({ page }, name, ...words) =>
      page.evaluate(([name, words]) => window.page[name](...words), [name, words]);
    const logged = ({ page }, line) => page.waitForFunction((line) => window.log.includes(line), line);
    const logOf = ({ page }) => page.evaluate(() => window.log);

    test("a queued event reaches the team's private channel, but not the page that caused it", async () => {
      const [ana, ben] = [await tab("Ana"), await tab("Ben")];
      for (const member of [ana, ben]) {
        await on(member, "orders", 1);
        await logged(member, "on orders");
      }
      assert.equal(await on(ana, "post", "/orders", { article: "tea" }), 204);
      await logged(ben, "Ana ordered tea");
      assert.equal(await on(ben, "post", "/orders", { article: "milk" }), 204);
      await logged(ana, "Ben ordered milk");
      assert.deepEqual(await logOf(ana), ["on orders", "Ben ordered milk"]);
      assert.deepEqual(await logOf(ben), ["on orders", "Ana ordered tea"]);
      await ana.page.evaluate(() => window.Echo.private("teams.1").whisper("typing", { name: "Ana" }));
      await logged(ben, "Ana types");
      assert.deepEqual([...ana.errors, ...ben.errors], []);
      await Promise.all([ana.close(), ben.close()]);
    });

    test("members of a presence channel see each other come and go, greet and wave", async () => {
      const ana = await tab("Ana");
      await on(ana, "team", 1);
      await logged(ana, "here 7 Ana");
      const ben = await tab("Ben");
      await on(ben, "team", 1);
      await logged(ben, "here 7 Ana,8 Ben");
      await logged(ana, "Ben joined");
      assert.equal(await on(ana, "post", "/greetings", { text: "hello", others: true }), 204);
      await logged(ben, "Ana says hello");
      assert.equal(await on(ana, "post", "/greetings", { text: "bye" }), 204);
      for (const member of [ana, ben]) await logged(member, "Ana says bye");
      assert.equal((await logOf(ana)).includes("Ana says hello"), false, "toOthers leaves out the sender");
      await ben.page.evaluate(() => window.Echo.join("teams.1").whisper("waving", { name: "Ben" }));
      await logged(ana, "Ben waves");
      const library = await laravel.library("getPresenceUsers", "presence-teams.1");
      assert.deepEqual(library.users.map(({ id }) => String(id)).sort(), ["7", "8"]);
      await ben.close();
      await logged(ana, "Ben left");
      assert.deepEqual(ana.errors, []);
      await ana.close();
    });

    test("a guest hears announcements, and the application signs nothing for a guest", async () => {
      const [guest, ana] = [await tab(), await tab("Ana")];
      await on(guest, "announcements");
      await logged(guest, "on announcements");
      assert.equal(await on(ana, "post", "/announcements", { text: "closed on Monday" }), 204);
      await logged(guest, "announced closed on Monday");
      await on(guest, "orders", 1);
      await logged(guest, "orders refused 403");
      await on(guest, "team", 1);
      await logged(guest, "team refused 403");
      await Promise.all([guest.close(), ana.close()]);
    });

    test("a user of another team is refused by the application and gets nothing", async () => {
      const [ana, cleo] = [await tab("Ana"), await tab("Cleo")];
      await on(ana, "orders", 1);
      await logged(ana, "on orders");
      for (const [channel, of, refusal] of [
        ["orders", 1, "orders refused 403"],
        ["team", 1, "team refused 403"],
        ["notifications", 7, "notifications refused 403"],
        ["operations", undefined, "operations refused 403"],
      ]) {
        await on(cleo, channel, of);
        await logged(cleo, refusal);
      }
      await on(cleo, "announcements");
      await logged(cleo, "on announcements");
      await backend(world).trigger("private-teams.1", "App\\Events\\OrderPlaced", {
        by: { name: "X" },
        article: "ink",
      });
      await logged(ana, "X ordered ink");
      await backend(world).trigger("announcements", "App\\Events\\Announcement", { text: "the end" });
      await logged(cleo, "announced the end");
      const heard = (await logOf(cleo)).filter((line) => !line.includes("refused"));
      assert.deepEqual(heard, ["on announcements", "announced the end"]);
      await Promise.all([ana.close(), cleo.close()]);
    });

    test("a subscription is signed by the page's session, and the application's routes need its CSRF token", async () => {
      const ana = await tab("Ana");
      const socket_id = await ana.page.evaluate(() => window.Echo.socketId());
      const body = { socket_id, channel_name: "private-teams.1" };
      assert.equal(await on(ana, "post", "/broadcasting/auth", body), 200);
      // Another site's request: with the session's cookie, without a token. Laravel 13 accepts a page's own requests without one.
      const forged = { data: { article: "salt" }, headers: { accept: "application/json" } };
      assert.equal((await ana.page.request.post(`${laravel.url}/orders`, forged)).status(), 419);
      const stranger = await fetch(`${laravel.url}/broadcasting/auth`, {
        method: "POST",
        headers: { "content-type": "application/json", accept: "application/json" },
        body: JSON.stringify(body),
      });
      assert.equal(stranger.status, 403);
      await ana.close();
    });

    test("a notification reaches all pages of its user, and nobody else", async () => {
      const [ana, second, ben] = [await tab("Ana"), await tab("Ana"), await tab("Ben")];
      for (const page of [ana, second]) await on(page, "notifications", 7);
      await on(ben, "notifications", 8);
      for (const page of [ana, second, ben]) await logged(page, "on notifications");
      assert.equal(await on(ben, "post", "/invoices", { user: 7, amount: 12 }), 204);
      assert.equal(await on(ana, "post", "/invoices", { user: 8, amount: 13 }), 204);
      const type = "App\\Notifications\\InvoicePaid";
      for (const page of [ana, second]) await logged(page, `${type}: 12 to Ana`);
      await logged(ben, `${type}: 13 to Ben`);
      assert.deepEqual(await logOf(ben), ["on notifications", `${type}: 13 to Ben`]);
      await Promise.all([ana.close(), second.close(), ben.close()]);
    });

    test("an operator sees the webhooks that the application verified, each once, and a forged one is refused", async () => {
      const [olga, cleo] = [await tab("Olga"), await tab("Cleo")];
      await on(olga, "operations");
      await logged(olga, "on operations");
      await on(cleo, "team", 2);
      await logged(cleo, "here 9 Cleo");
      await logged(olga, "webhook channel_occupied presence-teams.2");
      await logged(olga, "webhook member_added presence-teams.2 9");
      await cleo.page.evaluate(() => window.Echo.join("teams.2").whisper("waving", { name: "Cleo" }));
      await logged(olga, "webhook client_event presence-teams.2 9 client-waving");
      const deliver = async (channel, headers) => {
        const body = JSON.stringify({ time_ms: 1, events: [{ name: "channel_occupied", channel }] });
        const signature = createHmac("sha256", "demo-secret").update(body).digest("hex");
        const signed = { "x-pusher-key": "demo-key", "x-pusher-signature": signature, ...headers };
        return (await fetch(`${laravel.url}/api/hooks/campana`, { method: "POST", headers: signed, body })).status;
      };
      for (const wrong of [
        { "x-pusher-signature": "0".repeat(64) },
        { "x-pusher-signature": "" },
        { "x-pusher-key": "x" },
      ]) {
        assert.equal(await deliver("forged", wrong), 401);
      }
      for (const delivery of ["1", "1", "2"]) {
        assert.equal(await deliver(`delivery-${delivery}`, { "x-campana-delivery": delivery }), 204);
      }
      await logged(olga, "webhook channel_occupied delivery-2");
      await cleo.close();
      await logged(olga, "webhook member_removed presence-teams.2 9");
      await logged(olga, "webhook channel_vacated presence-teams.2");
      assert.equal(
        (await logOf(olga)).some((line) => line.includes("forged")),
        false,
      );
      assert.deepEqual(olga.errors, []);
      await olga.close();
    });

    test("no job failed, and the application reported no error", async () => {
      assert.match(await laravel.artisan("queue:failed"), /No failed jobs/);
      assert.equal(laravel.log(), "");
    });
  });
}
