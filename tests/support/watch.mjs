// Panic alerts in windows: what is where on the page, and how alerts come and go.
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seedDemo } from "../../scripts/lib/demo.mjs";
import { startBrowser } from "./browser.mjs";
import { startWorld, WIDE } from "./world.mjs";

/** Where the demo's Ana lives. */
export const ADDRESS = "Tower 2, Apartment 101";

/** A world with the demo's people in it, a browser, and two of the people as the API knows them. */
export async function startWatch() {
  const folder = mkdtempSync(join(tmpdir(), "campana-demo-"));
  const world = await startWorld({ limits: WIDE });
  await seedDemo(world.url, folder);
  const browser = await startBrowser();
  const ana = world.person("7", { name: "Ana" });
  const grace = world.person("11", { name: "Grace", permissions: ["view_panic_alerts"] });
  return {
    world,
    browser,
    ana,
    grace,
    openAlerts: async () => (await grace.ok("GET", "/api/security/alerts?status=open&limit=100")).data,
    /** What a test leaves open would be part of the next. */
    async closeAll() {
      for (const { id } of await this.openAlerts()) await grace.ok("POST", `/api/security/alerts/${id}/resolve`, {});
    },
    async stop() {
      await browser.stop();
      await world.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function raise(person) {
  const apartment = { id: 101, address: ADDRESS };
  return person.ok("POST", "/api/security/alerts", { id: randomUUID(), apartment });
}

export const panicButton = (window) => window.page.locator(".panic-button");
/** One's own alert, when it says this. */
export const own = (window, words) => window.page.locator(".own-alert-words", { hasText: words });
/** The banner's alert that nobody has taken. */
export const urgent = (window, words) => window.page.locator(".alert-urgent", { hasText: words });
/** Alerts in the dashboard's list. */
export const items = (window) => window.page.locator(".alert-item");
export const isLive = (window) => window.page.locator("[data-alerts=live]").waitFor();

/** A finger, or a mouse, that stays down until it counts. */
export async function hold(window) {
  const { x, y, width, height } = await panicButton(window).boundingBox();
  await window.page.mouse.move(x + width / 2, y + height / 2);
  await window.page.mouse.down();
  await window.page.locator(".countdown").waitFor();
  await window.page.mouse.up();
}
