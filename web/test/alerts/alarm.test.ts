import { describe, expect, it, vi } from "vitest";
import { kept, page, RAISE, taken, world } from "../support/alarmPage";
import { type Answers, alertOf, Refusal, takenAt, updated } from "../support/alerts";
import { settle } from "../support/connection";
import { QUIET } from "../support/userListener";
import { at } from "../support/world";

describe("raising an alert", () => {
  it("sends it once with the id of the press, and clears storage when it is delivered", async () => {
    const { alarm, raised } = page({ [RAISE]: taken });
    alarm.raise({ note: "smoke", apartment: { address: "Apartment 101" } });
    expect(alarm.snapshot()?.delivery).toBe("sending");
    expect(kept.size, "kept before anything is sent").toBe(1);
    await settle();
    expect(alarm.snapshot()?.delivery).toBe("sent");
    expect(raised()).toEqual([
      {
        id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4/),
        note: "smoke",
        apartment: { address: "Apartment 101" },
      },
    ]);
    expect(kept.size).toBe(0);
    expect(world.fetch.mock.calls.find(([url]) => String(url).endsWith("/alerts"))?.[1]?.keepalive).toBe(true);
    alarm.stop();
  });

  it("retries with the same id: immediately, after 1 s, 2 s, and then every 5 s", async () => {
    const tries: number[] = [];
    const failures = [
      () => Promise.reject(new Error("no network")),
      () => {
        throw new Refusal(503);
      },
      () => {
        throw new Refusal(429, {}, { "retry-after": "60" });
      },
      () => {
        throw new Refusal(500);
      },
      () => {
        throw new Refusal(401);
      },
    ];
    const { alarm, raised } = page({
      [RAISE]: (body: unknown) => {
        tries.push(Date.now() - Date.parse(at(0)));
        return (failures.shift() ?? (() => taken(body)))();
      },
    });
    alarm.raise();
    await settle();
    await vi.advanceTimersByTimeAsync(0);
    expect(alarm.snapshot()?.delivery).toBe("retrying");
    await vi.advanceTimersByTimeAsync(30_000);
    expect(alarm.snapshot()?.delivery).toBe("sent");
    // A 401 is asked once more with a new token.
    expect(tries).toEqual([0, 0, 1_000, 6_000, 11_000, 11_000]);
    expect(new Set(raised().map(({ id }) => id)).size).toBe(1);
    alarm.stop();
  });

  it("resumes after a reload with the same id, and only for the same user", async () => {
    const first = page({ [RAISE]: () => Promise.reject(new Error("no network")) });
    first.alarm.raise();
    await settle();
    first.alarm.stop();
    const other = page({ [RAISE]: taken }, { userId: "8" });
    await settle();
    expect(other.raised()).toEqual([]);
    other.alarm.stop();
    const second = page({ [RAISE]: taken });
    await settle();
    expect(second.alarm.snapshot()?.delivery).toBe("sent");
    expect(second.raised()[0]?.id).toBe(first.raised()[0]?.id);
    expect(kept.size).toBe(0);
    second.alarm.stop();
  });

  it("asks before it sends an alert that is half an hour old", async () => {
    const first = page({ [RAISE]: () => Promise.reject(new Error("no network")) });
    first.alarm.raise();
    await settle();
    first.alarm.stop();
    await vi.advanceTimersByTimeAsync(31 * 60_000);
    const second = page({ [RAISE]: taken });
    await settle();
    expect(second.alarm.snapshot()?.delivery).toBe("kept");
    expect(second.raised()).toEqual([]);
    second.alarm.retry();
    await settle();
    expect(second.alarm.snapshot()?.delivery).toBe("sent");
    second.alarm.stop();
  });

  it("drops optional fields after a refusal, and still sends the alert", async () => {
    const { alarm, raised } = page({
      [RAISE]: (body: unknown) => {
        if (Object.keys(body as object).length > 1) throw new Refusal(422);
        return taken(body);
      },
    });
    alarm.raise({ note: "x" });
    await settle();
    expect(alarm.snapshot()?.delivery).toBe("sent");
    expect(raised()).toHaveLength(2);
    expect(raised()[1]).toEqual({ id: raised()[0]?.id });
    alarm.stop();
  });

  it("reports a refusal, and retries on request", async () => {
    const state = { refuses: true };
    const { alarm, raised } = page({
      [RAISE]: (body: unknown) => {
        if (state.refuses) throw new Refusal(403);
        return taken(body);
      },
    });
    alarm.raise();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(alarm.snapshot()?.delivery).toBe("refused");
    expect(raised()).toHaveLength(1);
    state.refuses = false;
    alarm.retry();
    await settle();
    expect(alarm.snapshot()?.delivery).toBe("sent");
    alarm.stop();
  });

  it("times out an unanswered attempt, and starts another", async () => {
    const state = { hangs: true };
    const { alarm, raised } = page({
      [RAISE]: (body: unknown) => (state.hangs ? new Promise(() => {}) : taken(body)),
    });
    alarm.raise();
    await vi.advanceTimersByTimeAsync(9_900);
    expect(alarm.snapshot()?.delivery).toBe("sending");
    state.hangs = false;
    await vi.advanceTimersByTimeAsync(200);
    expect(alarm.snapshot()?.delivery).toBe("sent");
    expect(raised()).toHaveLength(2);
    alarm.stop();
  });

  it("retries immediately when the network returns or the button is pressed again", async () => {
    const { alarm, raised } = page({ [RAISE]: () => Promise.reject(new Error("no network")) });
    alarm.raise();
    await vi.advanceTimersByTimeAsync(8_100);
    const before = raised().length;
    world.happens("online");
    await settle();
    alarm.raise();
    await settle();
    expect(raised().length).toBe(before + 2);
    expect(new Set(raised().map(({ id }) => id)).size).toBe(1);
    alarm.stop();
  });

  it("does not send a drill later, and lets it take no real alert's place", async () => {
    const state = { fails: true };
    const { alarm, raised } = page({
      [RAISE]: (body: unknown) => {
        if (state.fails) throw new Error("no network");
        return { ...(taken(body) as object), drill: (body as { drill?: boolean }).drill ?? false };
      },
    });
    alarm.raise({ drill: true });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(alarm.snapshot()).toMatchObject({ delivery: "refused", drill: true });
    expect(raised()).toHaveLength(1);
    expect(kept.size).toBe(0);
    alarm.raise();
    await settle();
    const { id } = raised().at(-1) ?? {};
    alarm.raise({ drill: true });
    state.fails = false;
    await vi.advanceTimersByTimeAsync(6_000);
    expect(alarm.snapshot()).toMatchObject({ delivery: "sent", drill: false, alert: { id } });
    alarm.stop();
  });

  it("sends the user's apartment, unless the press names another", async () => {
    const { alarm, raised } = page({ [RAISE]: taken }, { apartment: { address: "Tower 2" } });
    alarm.raise();
    await settle();
    alarm.raise({ apartment: { address: "The garage" } });
    await settle();
    expect(raised()).toMatchObject([{ apartment: { address: "Tower 2" } }, { apartment: { address: "The garage" } }]);
    alarm.stop();
  });

  it("shows the server's open alert if the user already has one", async () => {
    const { alarm } = page({ [RAISE]: () => alertOf(1, { presses: 2 }) });
    alarm.raise();
    await settle();
    expect(alarm.snapshot()?.alert).toMatchObject({ id: "a1", presses: 2 });
    alarm.stop();
  });
});

describe("the user's own alert", () => {
  /** Raised and sent, with the person's own channel open. */
  async function sent(answers: Answers = {}, options = {}) {
    const started = page({ [RAISE]: () => alertOf(1), ...answers }, options);
    started.client.me(QUIET).open();
    await settle();
    world.socket.opens();
    started.alarm.raise();
    await settle();
    return started;
  }

  it("shows who acknowledged it, from the own channel", async () => {
    const { alarm } = await sent();
    world.socket.says({ type: "welcome", you: { user_id: "7", name: "Ana" } }, updated(takenAt(1, 20)));
    expect(alarm.snapshot()?.alert?.acknowledged_by?.name).toBe("Ben");
    world.socket.says(updated(alertOf(1)));
    expect(alarm.snapshot()?.alert?.status, "an older state changes nothing").toBe("acknowledged");
    alarm.stop();
  });

  it("is fetched when the own channel reconnects, and every 30 s", async () => {
    const { alarm, asked } = await sent({ "GET /api/security/alerts/a1": () => takenAt(1, 20) });
    world.socket.says({ type: "welcome", you: { user_id: "7", name: "Ana" } });
    await settle();
    expect(alarm.snapshot()?.alert?.status).toBe("acknowledged");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked.filter(({ call }) => call === "GET /api/security/alerts/a1")).toHaveLength(3);
    alarm.stop();
  });

  it("is found if it was raised elsewhere", async () => {
    const started = page({ "GET /api/me/alerts": { data: [takenAt(1, 20)], next_cursor: null } });
    started.client.me(QUIET).open();
    await settle();
    world.socket.opens();
    world.socket.says({ type: "welcome", you: { user_id: "7", name: "Ana" } });
    await settle();
    expect(started.alarm.snapshot()?.alert?.id).toBe("a1");
    started.alarm.stop();
  });

  it("is not fetched on every reconnect while there is none", async () => {
    const { client, alarm, asked } = page({});
    client.me(QUIET).open();
    await settle();
    for (let times = 0; times < 3; times += 1) {
      world.socket.opens();
      world.socket.says({ type: "welcome", you: { user_id: "7", name: "Ana" } });
      world.socket.closes();
      await vi.advanceTimersByTimeAsync(5_000);
    }
    expect(asked.map(({ call }) => call)).toEqual(["GET /api/me/alerts"]);
    alarm.stop();
  });

  it("can be cancelled, with a PIN if one is needed, and then dismissed", async () => {
    const { alarm } = await sent({
      "POST /api/security/alerts/a1/cancel": (body: unknown) => {
        const { pin } = body as { pin?: string };
        if (pin === undefined) throw new Refusal(422, { errors: [{ field: "pin", detail: "is needed to cancel" }] });
        if (pin !== "1234") throw new Refusal(403, { title: "Forbidden" });
        return alertOf(1, { status: "cancelled", updated_at: at(30) });
      },
    });
    const refusal = await alarm.cancel().catch((error: unknown) => error);
    expect((refusal as { isAbout(field: string): boolean }).isAbout("pin")).toBe(true);
    await expect(alarm.cancel({ pin: "9999" })).rejects.toMatchObject({ status: 403 });
    alarm.dismiss();
    expect(alarm.snapshot(), "an open alert stays in sight").toBeDefined();
    await alarm.cancel({ pin: "1234" });
    expect(alarm.snapshot()?.alert?.status).toBe("cancelled");
    alarm.dismiss();
    expect(alarm.snapshot()).toBeUndefined();
    alarm.stop();
  });

  it("carries the known location, and sends newer ones at an interval until it is closed", async () => {
    const { alarm, positions, raised, places } = page(
      { [RAISE]: () => alertOf(1), "POST /api/security/alerts/a1/location": {} },
      { isAllowed: true },
    );
    alarm.prepare();
    await settle();
    positions.tell?.(4.6, -74.08);
    alarm.raise();
    await settle();
    expect(raised()[0]).toMatchObject({ location: { lat: 4.6, lng: -74.08, accuracy: 12, source: "gps" } });
    expect(places()).toEqual([]);
    for (let second = 0; second < 11; second += 1) {
      positions.tell?.(5 + second, 0);
      await vi.advanceTimersByTimeAsync(1_000);
    }
    expect(places()).toMatchObject([{ lat: 9 }, { lat: 14 }]);
    alarm.stop();
    expect(positions.tell).toBeUndefined();
  });

  it("does not wait for the location permission", async () => {
    const { alarm, positions, raised } = page({ [RAISE]: () => alertOf(1) });
    alarm.prepare();
    await settle();
    expect(positions.tell, "nobody is asked while they press").toBeUndefined();
    alarm.raise();
    await settle();
    expect(raised()).toHaveLength(1);
    expect(positions.tell).toBeDefined();
    alarm.stop();
  });

  it("reports that no location could be sent: at once if it is denied, after 15 s otherwise", async () => {
    const answers = { [RAISE]: () => alertOf(1), "POST /api/security/alerts/a1/location": {} };
    const denied = page(answers);
    denied.alarm.raise();
    await settle();
    expect(denied.alarm.snapshot()?.place).toBe("sought");
    denied.positions.denies();
    expect(denied.alarm.snapshot()?.place).toBe("missing");
    denied.alarm.stop();

    const unanswered = page(answers);
    unanswered.alarm.raise();
    await vi.advanceTimersByTimeAsync(14_900);
    expect(unanswered.alarm.snapshot()?.place).toBe("sought");
    await vi.advanceTimersByTimeAsync(200);
    expect(unanswered.alarm.snapshot()?.place).toBe("missing");
    unanswered.positions.tell?.(4.6, -74.08);
    await settle();
    expect(unanswered.alarm.snapshot()?.place).toBe("sent");
    unanswered.alarm.stop();
  });
});
