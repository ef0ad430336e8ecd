// @vitest-environment happy-dom
import { QueryClientProvider } from "@tanstack/react-query";
import { act } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { MessageText, withNames } from "../../src/app/MessageText";
import { LiveProvider } from "../../src/cache";
import type { Mention } from "../../src/client";
import { liveCache } from "../support/liveCache";

const ADA: Mention = { type: "user", user_id: "7" };
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
  vi.unstubAllGlobals();
});

async function shown(body: string, mentions: Mention[] = []) {
  const { store, live } = liveCache({});
  await act(async () => {
    root.render(
      <QueryClientProvider client={store.queries}>
        <LiveProvider value={live}>
          <MessageText message={{ body, mentions, conversation_id: "c" }} />
        </LiveProvider>
      </QueryClientProvider>,
    );
  });
  return place.innerHTML;
}

describe("the text of a message", () => {
  it.each([
    ["**a** _b_ ~~c~~ `d`", "<strong>a</strong> <em>b</em> <del>c</del> <code>d</code>"],
    ["> a\n- b", "<blockquote>a</blockquote><ul><li>b</li></ul>"],
    ["4. a\n5. b", '<ol start="4"><li>a</li><li>b</li></ol>'],
    ["a\n```\nb\n```", '<p>a</p><pre tabindex="0"><code>b</code></pre>'],
    ["<img src=x onerror=alert(1)>", "&lt;img src=x onerror=alert(1)&gt;"],
    ["[a](javascript:alert(1))", "[a](javascript:alert(1))"],
  ])("%j", async (body, html) => {
    expect(await shown(body)).toBe(html);
  });

  it("has links that tell the page nothing about this one", async () => {
    await shown("[the **plan**](https://example.org/) and http://example.net.");
    const links = [...place.querySelectorAll("a")];
    expect(links.map((link) => [link.textContent, link.getAttribute("href"), link.rel, link.target])).toEqual([
      ["the plan", "https://example.org/", "noopener noreferrer nofollow", "_blank"],
      ["http://example.net", "http://example.net", "noopener noreferrer nofollow", "_blank"],
    ]);
  });

  it("has mentions in marks, quotes and lists, and none in code and links", async () => {
    await shown("**@[7]**\n> _@[7]_\n- @[7]\n```\n@[7]\n```\n`@[7]` [@Ana](https://example.org/)", [ADA]);
    const mentions = [...place.querySelectorAll(".mention-me")];
    expect(mentions.map(({ parentElement }) => parentElement?.localName)).toEqual(["strong", "em", "li"]);
    expect(place.querySelectorAll("code .mention, pre .mention, a .mention").length).toBe(0);
  });

  it("is on one line without marks and with names", () => {
    const { live } = liveCache({});
    expect(withNames(live, "c", "**Ask** @[7] or @[99]")).toBe(`Ask @${live.me.name} or @[99]`);
  });
});
