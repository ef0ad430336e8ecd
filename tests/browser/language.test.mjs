// The chat page in Spanish, whose texts are longer than the English ones.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { seedDemo } from "../../scripts/lib/demo.mjs";
import { PHONE, startBrowser } from "../support/browser.mjs";
import { startWorld, WIDE } from "../support/world.mjs";

describe("the page in Spanish", () => {
  let world, browser, folder;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "campana-demo-"));
    world = await startWorld({ limits: WIDE });
    await seedDemo(world.url, folder);
    browser = await startBrowser();
  });
  after(async () => {
    await browser?.stop();
    await world?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test("a browser that prefers Spanish gets Spanish texts, on a phone and on a desk", async () => {
    const windows = [
      await browser.window(world, "admin", { viewport: PHONE, locale: "es-MX" }),
      await browser.window(world, "admin", { locale: "es-ES" }),
    ];
    for (const [index, window] of windows.entries()) {
      const { page, dialog } = window;
      assert.equal(await page.locator("html").getAttribute("lang"), "es");
      await page.getByRole("button", { name: "Más", exact: true }).click();
      await page.getByRole("button", { name: "Denuncias" }).waitFor();
      await window.screenshot(`spanish-menu-${index}`);
      await page.keyboard.press("Escape");
      await window.open("Lobby");
      await page.getByRole("textbox", { name: "Mensaje" }).waitFor();
      await window.screenshot(`spanish-conversation-${index}`);
      await window.fits("a conversation");
      await page.getByRole("button", { name: "Ajustes de esta conversación" }).click();
      await dialog.getByLabel("Modo lento").scrollIntoViewIfNeeded();
      await window.screenshot(`spanish-settings-${index}`);
      await window.fits("the settings");
      await window.accessible("the settings");
      await dialog.getByRole("button", { name: "Cerrar" }).click();
      const row = window.bubble("Good morning!");
      await row.hover();
      await row.getByRole("button", { name: "Más acciones" }).click();
      await row.getByRole("button", { name: "Denunciar" }).waitFor();
      await window.screenshot(`spanish-message-${index}`);
      await window.fits("the menu");
      assert.deepEqual(window.errors, []);
      await window.close();
    }
  });
});
