// Chromium, and windows on Campana's page as one of the demo users.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { eventually } from "./eventually.mjs";

const RESULTS = fileURLToPath(new URL("../results/", import.meta.url));
const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
/** What Chromium prints about the policies of a response. */
const VIOLATION = /content.security.policy|permissions.policy|unrecognized feature/i;
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-dev-shm-usage",
];
const TIMEOUT_MS = 20_000;
export const DESKTOP = { width: 1200, height: 800 };
export const PHONE = { width: 390, height: 844 };

export async function startBrowser() {
  const executablePath = process.env.CAMPANA_CHROMIUM ?? "/usr/bin/chromium";
  const browser = await chromium.launch({ executablePath, args: FLAGS });
  return new Browser(browser);
}

class Browser {
  #windows = [];

  constructor(browser) {
    this.browser = browser;
  }

  /** A window with its own empty browser context, opened at `path` as this user. */
  window(world, person, { path = "/", ...options } = {}) {
    return this.visit(world, `${path}?as=${person}`, options);
  }

  /** A window with its own empty browser context, opened at an address after `prepare(page)`. */
  async visit(
    world,
    address,
    { viewport = DESKTOP, colorScheme = "light", javaScriptEnabled = true, locale = "en-US", prepare } = {},
  ) {
    const context = await this.browser.newContext({
      viewport,
      colorScheme,
      javaScriptEnabled,
      locale,
      reducedMotion: "reduce",
    });
    context.setDefaultTimeout(TIMEOUT_MS);
    const page = await context.newPage();
    const window = new Window(context, page);
    this.#windows.push(window);
    await prepare?.(page);
    await page.goto(world.url + address);
    return window;
  }

  /** Asserts that no window has violated a policy, and closes them all. */
  async stop() {
    await this.browser.close();
    assert.deepEqual(
      this.#windows.flatMap(({ violations }) => violations),
      [],
    );
  }
}

class Window {
  /** Uncaught errors of the page. */
  errors = [];
  /** What the browser refused because of a policy, in the page and in its service worker. */
  violations = [];

  constructor(context, page) {
    Object.assign(this, { context, page });
    page.on("pageerror", (error) => this.errors.push(String(error)));
    const read = (message) => {
      if (VIOLATION.test(message.text())) this.violations.push(message.text());
    };
    context.on("console", read);
    context.on("serviceworker", (worker) => worker.on("console", read));
  }

  item(title) {
    return this.page.locator(".inbox-item").filter({ has: this.page.locator(".inbox-title", { hasText: title }) });
  }

  bubble(text) {
    return this.page.locator(".message", { has: this.page.locator(".bubble .body", { hasText: text }) });
  }

  /** Opens a conversation by its title; resolves when its socket is live. */
  async open(title) {
    await this.item(title).click();
    await this.isLive();
  }

  isLive() {
    return this.page.locator("[data-connection=live]").waitFor({ state: "attached" });
  }

  /** Searches people in an open dialog; resolves when the list is that of the text, and its rows no longer move. */
  async searchPeople(text) {
    await this.page.getByRole("searchbox").fill(text);
    await this.page.locator(".people[aria-busy=false]").waitFor();
  }

  get field() {
    return this.page.getByRole("textbox", { name: "Message" });
  }

  /** Types a message and sends it with Enter. */
  async write(text) {
    await this.field.fill(text);
    await this.field.press("Enter");
  }

  /** Texts of all bubbles, top to bottom. */
  texts() {
    return this.page.locator(".bubble .body").allInnerTexts();
  }

  button(name) {
    return this.page.getByRole("button", { name });
  }

  get dialog() {
    return this.page.getByRole("dialog");
  }

  /** Opens the menu of a message, and uses one of its items. */
  async act(text, name) {
    const row = this.bubble(text);
    await row.hover();
    await row.getByRole("button", { name: "More actions" }).click();
    await row.getByRole("button", { name, exact: true }).click();
    return row;
  }

  /** Opens an entry of the menu above the list of conversations. */
  async menu(name) {
    await this.page.getByRole("button", { name: "More", exact: true }).click();
    await this.page.getByRole("button", { name, exact: true }).click();
    await this.dialog.waitFor();
  }

  /** Opens the settings of the open conversation. */
  async settings() {
    await this.button("Settings of this conversation").click();
    await this.dialog.waitFor();
  }

  async closeDialog() {
    await this.dialog.locator(".dialog-header").getByRole("button").last().click();
    await this.dialog.waitFor({ state: "detached" });
  }

  /** Asserts that axe finds no accessibility violation in the page's current state. */
  async accessible(state) {
    // The page's policy refuses an injected script element.
    await this.page.evaluate(`(() => { ${readFileSync(AXE, "utf8")} })()`);
    const { violations } = await this.page.evaluate(() => globalThis.axe.run());
    const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
    assert.deepEqual(found, [], state);
  }

  /** Asserts that the page does not scroll horizontally, once it has followed the last change of its size. */
  async fits(state) {
    const isAll = () => document.documentElement.scrollWidth === document.documentElement.clientWidth;
    await eventually(() => this.page.evaluate(isAll), `${state}: a page without horizontal scrolling`, 5_000);
  }

  async screenshot(name) {
    mkdirSync(RESULTS, { recursive: true });
    await this.page.screenshot({ path: join(RESULTS, `${name}.png`) });
  }

  close() {
    return this.context.close();
  }
}
