// @vitest-environment happy-dom
import { act } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Alarm, LocationTracker, PanicAlerts } from "../../src/alerts";
import { AlarmProvider, PanicAlertsProvider } from "../../src/alerts/hooks";
import { AlertBanner } from "../../src/app/alerts/AlertBanner";
import { OwnAlertStrip } from "../../src/app/alerts/OwnAlert";
import { LiveProvider } from "../../src/cache";
import { CampanaClient } from "../../src/client";
import {
  type Answers,
  alertOf,
  deskWelcome,
  openOnes,
  Refusal,
  serverWith,
  takenAt,
  triggered,
} from "../support/alerts";
import { BEN, liveCache } from "../support/liveCache";
import { at, FakeWorld } from "../support/world";

let root: Root;
let place: HTMLElement;
let world: FakeWorld;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  place = document.body.appendChild(document.createElement("div"));
  root = createRoot(place);
  world = new FakeWorld();
});

afterEach(async () => {
  await act(async () => root.unmount());
  place.remove();
  localStorage.clear();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const passes = (ms: number) => act(() => vi.advanceTimersByTimeAsync(ms));
const says = (...frames: object[]) => act(async () => world.socket.says(...frames));
const button = (words: string) => {
  const found = [...place.querySelectorAll("button")].find(({ textContent }) => textContent === words);
  if (!found) throw new Error(`no button says ${words}`);
  return found;
};
const press = (words: string) => act(async () => button(words).click());

async function shown(answers: Answers = {}) {
  const server = serverWith({
    "GET /api/security/alerts/active": { data: [] },
    "GET /api/me/alerts": { data: [], next_cursor: null },
    ...answers,
  });
  world.fetch.mockImplementation(server.fetch);
  const client = new CampanaClient({ getToken: async () => "token", environment: world });
  const alerts = new PanicAlerts({ client });
  const locationTracker = new LocationTracker({ isAllowed: async () => false, now: Date.now });
  const alarm = new Alarm({ client, userId: "7", storage: localStorage, locationTracker });
  await act(async () =>
    root.render(
      <LiveProvider value={liveCache({}, BEN).live}>
        <PanicAlertsProvider value={alerts}>
          <AlarmProvider value={alarm}>
            <AlertBanner />
            <OwnAlertStrip />
          </AlarmProvider>
        </PanicAlertsProvider>
      </LiveProvider>,
    ),
  );
  return { alarm, asked: server.asked };
}

async function live(open: ReturnType<typeof alertOf>[] = [], answers: Answers = {}) {
  const started = await shown(answers);
  await act(async () => world.socket.opens());
  await says(deskWelcome(10), openOnes(open));
  const text = (selector: string) => place.querySelector(selector)?.textContent ?? "";
  return { ...started, text };
}

describe("the banner", () => {
  it("shows whether it is live, how many are open, and the most urgent one", async () => {
    const { text } = await live([alertOf(2), takenAt(1, 20)]);
    expect(text(".alert-state")).toBe("Live");
    expect(text(".alert-count")).toBe("2 open alerts · 1 unanswered");
    expect(text(".alert-who")).toContain("Ana");
    expect(text(".alert-who")).toContain("Apartment 101");
    await act(async () => world.socket.closes());
    expect(text(".alert-state")).toBe("Reconnecting…");
    expect(text(".alert-count"), "what was open is worth knowing").toBe("2 open alerts · 1 unanswered");
  });

  it("does not report zero open alerts before the list is complete", async () => {
    await shown();
    const count = () => place.querySelector(".alert-count")?.textContent;
    expect(count()).toBe("");
    await act(async () => world.socket.opens());
    await says(deskWelcome(10), openOnes([]));
    expect(count()).toBe("No open alerts");
    await act(async () => world.socket.closes(4403));
    expect(place.querySelector(".alert-state")?.textContent).toBe("No access");
    expect(count()).toBe("");
  });

  it("announces a burst of twenty once", async () => {
    await live();
    const said: string[] = [];
    const watcher = new MutationObserver(() => said.push(place.querySelector(".alert-news")?.textContent ?? ""));
    watcher.observe(place.querySelector(".alert-news") as Element, {
      childList: true,
      subtree: true,
      characterData: true,
    });
    for (let n = 1; n <= 20; n += 1) {
      await says(triggered(alertOf(n), 10 + n));
      await passes(30);
    }
    await passes(2_000);
    watcher.disconnect();
    expect(said.filter((words) => words !== "")).toEqual([
      "20 panic alerts need somebody. Panic alert: Ana, Apartment 101.",
    ]);
  });

  it("tells the loser of a race for an alert which guard has it", async () => {
    const { text } = await live([alertOf(1)], {
      "POST /api/security/alerts/a1/acknowledge": () => {
        throw new Refusal(409, { alert: takenAt(1, 20) });
      },
    });
    await press("Take it");
    await passes(0);
    expect(text(".alert-urgent")).toBe("");
    expect(text(".alert-count")).toBe("1 open alert");
    expect(text(".alert-beaten")).toBe("The alert of Ana: Ben was faster and has it.");
    await passes(20_000);
    expect(text(".alert-beaten")).toBe("");
  });

  it("sends receipts for seen alerts", async () => {
    await live([alertOf(2), alertOf(1)]);
    await passes(0);
    expect(world.socket.sent("receipt").filter(({ state }) => state === "seen")).toEqual([
      { type: "receipt", ids: ["a2"], state: "seen" },
    ]);
  });

  it("is silent about the user's own alert, which cannot be taken here", async () => {
    const sounds = vi.fn();
    class Sound {
      state = "suspended";
      constructor() {
        sounds();
      }
      resume = () => new Promise(() => {});
    }
    vi.stubGlobal("AudioContext", Sound);
    const own = alertOf(1, { user: { id: 8, name: "Ben" } });
    const { text } = await live([own]);
    await passes(10_000);
    expect(text(".alert-count")).toBe("1 open alert");
    expect(text(".alert-urgent")).toBe("");
    expect(text(".alert-news")).toBe("");
    expect(sounds).not.toHaveBeenCalled();
    await says(triggered(alertOf(2), 11));
    await passes(0);
    expect(text(".alert-who")).toContain("Ana");
    expect(sounds).toHaveBeenCalledOnce();
  });

  it("is muted on this device until it is turned on again", async () => {
    await live([alertOf(1)]);
    const mute = () => place.querySelector<HTMLButtonElement>(".alert-sound");
    expect(mute()?.getAttribute("aria-pressed")).toBe("false");
    await act(async () => mute()?.click());
    expect(mute()?.getAttribute("aria-pressed")).toBe("true");
    expect(localStorage.getItem("campana.alerts.muted")).not.toBeNull();
    await act(async () => mute()?.click());
    expect(localStorage.getItem("campana.alerts.muted")).toBeNull();
    // Another tab of the device mutes.
    localStorage.setItem("campana.alerts.muted", "1");
    await act(async () => window.dispatchEvent(new StorageEvent("storage", { key: "campana.alerts.muted" })));
    expect(mute()?.getAttribute("aria-pressed")).toBe("true");
  });
});

describe("the user's own alert on the page", () => {
  const words = () => place.querySelector(".own-alert-words")?.textContent ?? "";

  it("shows whether it is sending, sent or retrying", async () => {
    const state = { fails: true };
    const { alarm } = await shown({
      "POST /api/security/alerts": () => {
        if (state.fails) throw new Error("no network");
        return alertOf(1);
      },
    });
    await act(async () => alarm.raise());
    await passes(10);
    expect(words()).toBe("Still trying to reach security. Keep this page open.");
    state.fails = false;
    await passes(6_000);
    expect(words()).toBe("Security has been told. Nobody has taken it yet.");
    await act(async () => alarm.stop());
  });

  it("advises to phone after 10 s without an answer, with the number of the page", async () => {
    const number = document.head.appendChild(document.createElement("meta"));
    number.name = "campana-emergency-phone";
    number.content = "+57 (1) 123";
    const { alarm } = await shown({
      "POST /api/security/alerts": () => {
        throw new Error("no network");
      },
    });
    const advice = () => place.querySelector(".own-alert-advice[role=alert]")?.textContent;
    await act(async () => alarm.raise());
    await passes(9_000);
    expect(advice()).toBe("");
    await passes(2_000);
    expect(advice()).toBe("Security has not been reached. Call for help by phone. Call +57 (1) 123");
    expect(place.querySelector<HTMLAnchorElement>(".own-alert-call")?.getAttribute("href")).toBe("tel:+571123");
    number.remove();
    await passes(1_000);
    expect(advice()).toBe("Security has not been reached. Call for help by phone. ");
    expect(place.querySelector(".own-alert-advice[role=status]")?.textContent).toContain("location could not be sent");
    await act(async () => alarm.stop());
  });

  it("is cancelled in two steps, and asks for a PIN only if there is one", async () => {
    const { alarm } = await shown({
      "POST /api/security/alerts": alertOf(1),
      "POST /api/security/alerts/a1/cancel": (body: unknown) => {
        const { pin } = body as { pin?: string };
        if (pin === undefined) throw new Refusal(422, { errors: [{ field: "pin", detail: "is needed to cancel" }] });
        if (pin !== "1234") throw new Refusal(403, { detail: "the PIN is wrong" });
        return alertOf(1, { status: "cancelled", updated_at: at(30) });
      },
    });
    await act(async () => alarm.raise());
    await passes(0);
    await press("Cancel alert");
    await press("Yes, I am safe");
    await passes(0);
    const enter = async (pin: string) => {
      const field = place.querySelector<HTMLInputElement>("input[type=password]");
      if (!field) throw new Error("no PIN is asked for");
      const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")?.set;
      await act(async () => {
        set?.call(field, pin);
        field.dispatchEvent(new Event("input", { bubbles: true }));
      });
      await press("Cancel with PIN");
      await passes(0);
    };
    await enter("9999");
    expect(place.querySelector(".own-alert-refusal")?.textContent).toBe("That PIN is not right.");
    await enter("1234");
    expect(words()).toBe("Your alert is cancelled.");
    await press("Close");
    expect(words()).toBe("");
    await act(async () => alarm.stop());
  });
});
