// A window on a page of the documentation, which records what the page requests from elsewhere and what it logs.
import assert from "node:assert/strict";

/** Opens a page of the documentation. */
export async function openDocs(browser, world, path, options = {}) {
  const window = await browser.visit(world, path, options);
  window.foreign = [];
  window.logged = [];
  window.page.on("request", (request) => {
    if (!request.url().startsWith(world.url)) window.foreign.push(request.url());
  });
  window.page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) window.logged.push(message.text());
  });
  await window.page.reload();
  return window;
}

/** Asserts that nothing was recorded, except messages of the browser that contain `expected`. */
export function assertFaultless({ foreign, logged, errors, violations }, state, expected) {
  const unexpected = expected === undefined ? logged : logged.filter((text) => !text.includes(expected));
  const nothing = { foreign: [], unexpected: [], errors: [], violations: [] };
  assert.deepEqual({ foreign, unexpected, errors, violations }, nothing, state);
}
