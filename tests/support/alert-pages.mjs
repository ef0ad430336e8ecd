// Panic alerts in the web app: locators of the page's parts, and how alerts are raised and closed.
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seedDemo } from "../../scripts/lib/demo.mjs";
import { startBrowser } from "./browser.mjs";
import { startWorld, WIDE } from "./world.mjs";

/** Address of the alerts that `raise` sends. */
export const ADDRESS = "Tower 2, Apartment 101";

/** An edge with demo data, a browser, and two of the demo users as API clients. */
export async function startAlertPages() {
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
    /** Resolves all open alerts, so that the next test starts with none. */
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
/** The user's own alert with this text. */
export const own = (window, words) => window.page.locator(".own-alert-words", { hasText: words });
/** An unacknowledged alert in the banner. */
export const urgent = (window, words) => window.page.locator(".alert-urgent", { hasText: words });
/** Alerts in the dashboard's list. */
export const items = (window) => window.page.locator(".alert-item");
export const isLive = (window) => window.page.locator("[data-alerts=live]").waitFor();

/** Presses the panic button until the alert is raised. */
export async function hold(window) {
  const { x, y, width, height } = await panicButton(window).boundingBox();
  await window.page.mouse.move(x + width / 2, y + height / 2);
  await window.page.mouse.down();
  await window.page.locator(".countdown").waitFor();
  await window.page.mouse.up();
}
