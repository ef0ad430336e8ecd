// @vitest-environment happy-dom
import { act, useState } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Dialog } from "../../src/app/Dialog";
import { DialogsProvider, PageContent } from "../../src/app/dialogs";
import { Fallback } from "../../src/app/Fallback";

let root: Root;
let place: HTMLElement;

beforeEach(() => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  place = document.body.appendChild(document.createElement("div"));
  root = createRoot(place);
});

afterEach(async () => {
  await act(async () => root.unmount());
  place.remove();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

function Opener({ name }: { name: string }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button type="button" id={name} onClick={() => setOpen(true)}>
        {name}
      </button>
      {isOpen && (
        <Dialog title={name} close="Close" onClose={() => setOpen(false)}>
          <p>{name}</p>
        </Dialog>
      )}
    </>
  );
}

function Broken(): never {
  throw new Error("broken");
}

const find = (selector: string) => place.querySelector<HTMLElement>(selector);
const click = (selector: string) => act(async () => find(selector)?.click());
const pressEscape = () => act(async () => document.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" })));
const isInert = (selector: string) => find(selector)?.closest("[inert]") !== null;
const titles = () =>
  [...place.querySelectorAll("dialog")].map((dialog) => [
    dialog.querySelector("h2")?.textContent,
    dialog.hasAttribute("inert"),
  ]);

describe("a dialog", () => {
  it("covers the page's content and not the bar above it, and the last one opened is on top", async () => {
    await act(async () =>
      root.render(
        <DialogsProvider>
          <Opener name="bar" />
          <PageContent>
            <Opener name="content" />
          </PageContent>
        </DialogsProvider>,
      ),
    );
    find("#content")?.focus();
    await click("#content");
    expect([isInert("#bar"), isInert("#content")]).toEqual([false, true]);
    expect(document.activeElement?.getAttribute("aria-label")).toBe("Close");
    await click("#bar");
    expect(titles()).toEqual([
      ["content", true],
      ["bar", false],
    ]);
    await pressEscape();
    expect(titles()).toEqual([["content", false]]);
    await pressEscape();
    expect(titles()).toEqual([]);
    expect(isInert("#content")).toBe(false);
    expect(document.activeElement?.id).toBe("content");
    await click("#content");
    await act(async () => window.dispatchEvent(new Event("hashchange")));
    expect(titles(), "a link in the bar closes it").toEqual([]);
  });
});

describe("a part of the page that fails", () => {
  it("leaves the rest of the page alone", async () => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    await act(async () =>
      root.render(
        <>
          <button type="button">SOS</button>
          <Fallback>
            <Broken />
          </Fallback>
        </>,
      ),
    );
    expect(find("button")?.textContent).toBe("SOS");
    expect(find("[role=alert]")?.textContent).toContain("This part of the page has failed.");
  });
});
