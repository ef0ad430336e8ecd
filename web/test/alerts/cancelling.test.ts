import { describe, expect, it, vi } from "vitest";
import { kept, page, RAISE, world } from "../support/alarmPage";
import { type Answers, alertOf } from "../support/alerts";
import { settle } from "../support/connection";
import { at } from "../support/world";

describe("cancelling an alert without an answer", () => {
  const CANCEL = /^POST .*\/cancel$/;
  const cancelled = (id: string) => alertOf(1, { id, status: "cancelled", updated_at: at(30) });

  /** A server that loses its answers while `lost`, and knows the alerts that arrived. */
  function losing(state: { lost: boolean; arrives: boolean; pin?: string }) {
    const here: string[] = [];
    const cancels: string[] = [];
    const network = () => {
      if (state.lost) throw new Error("no network");
    };
    const answers: Answers = {
      [RAISE]: (body: unknown) => {
        const { id } = body as { id: string };
        if ((state.arrives || !state.lost) && !here.includes(id)) here.push(id);
        network();
        return alertOf(1, { id });
      },
      "GET /api/me/alerts": () => {
        network();
        return {
          data: here.map((id) => (cancels.includes(id) ? cancelled(id) : alertOf(1, { id }))),
          next_cursor: null,
        };
      },
      "GET /api/me/alert-pins": () => {
        network();
        return { are_set: state.pin !== undefined };
      },
    };
    const started = page(answers);
    const fetchFrom = world.fetch.getMockImplementation() as typeof fetch;
    world.fetch.mockImplementation(async (input, init) => {
      const { pathname } = new URL(String(input));
      if (!CANCEL.test(`${init?.method} ${pathname}`)) return fetchFrom(input, init);
      if (state.lost) throw new TypeError("no network");
      const id = pathname.split("/").at(-2) ?? "";
      if (!here.includes(id)) return Response.json({}, { status: 404 });
      const { pin } = JSON.parse(String(init?.body)) as { pin?: string };
      if (state.pin !== undefined && pin === undefined)
        return Response.json({ errors: [{ field: "pin" }] }, { status: 422 });
      if (state.pin !== pin) return Response.json({}, { status: 403 });
      cancels.push(id);
      return Response.json(cancelled(id));
    });
    return { ...started, here, cancels };
  }

  it("cancels the alert at the server if it has arrived", async () => {
    const state = { lost: true, arrives: true };
    const { alarm, here, cancels } = losing(state);
    alarm.raise();
    await vi.advanceTimersByTimeAsync(2_500);
    expect(alarm.snapshot()?.delivery).toBe("retrying");
    state.lost = false;
    await alarm.cancel();
    expect(cancels).toEqual(here);
    expect(alarm.snapshot()?.alert?.status).toBe("cancelled");
    expect(kept.size).toBe(0);
    alarm.stop();
  });

  it("reports that the server was not reached, and goes on sending", async () => {
    const state = { lost: true, arrives: true };
    const { alarm, here } = losing(state);
    alarm.raise();
    await vi.advanceTimersByTimeAsync(2_500);
    await expect(alarm.cancel()).rejects.toMatchObject({ status: 0 });
    expect(alarm.snapshot()?.delivery).toBe("retrying");
    state.lost = false;
    await vi.advanceTimersByTimeAsync(6_000);
    expect(alarm.snapshot()).toMatchObject({ delivery: "sent", alert: { id: here[0], status: "triggered" } });
    alarm.stop();
  });

  it("withdraws an alert that never arrived, without raising it", async () => {
    const state = { lost: true, arrives: false };
    const { alarm, raised } = losing(state);
    alarm.raise();
    await vi.advanceTimersByTimeAsync(2_500);
    state.lost = false;
    const attempts = raised().length;
    await alarm.cancel();
    expect(alarm.snapshot()?.delivery).toBe("withdrawn");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(raised()).toHaveLength(attempts);
    expect(kept.size).toBe(0);
    alarm.dismiss();
    expect(alarm.snapshot()).toBeUndefined();
    alarm.stop();
  });

  it("asks for the PIN of an alert that never arrived, and has the server check it", async () => {
    const state = { lost: true, arrives: false, pin: "1234" };
    const { alarm, cancels } = losing(state);
    alarm.raise();
    await vi.advanceTimersByTimeAsync(2_500);
    const refusal = await alarm.cancel({ pin: "1234" }).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ status: 0 });
    state.lost = false;
    const asked = await alarm.cancel().catch((error: unknown) => error);
    expect((asked as { isAbout(field: string): boolean }).isAbout("pin")).toBe(true);
    await expect(alarm.cancel({ pin: "9999" })).rejects.toMatchObject({ status: 403 });
    expect(alarm.snapshot()?.alert?.status).toBe("triggered");
    await alarm.cancel({ pin: "1234" });
    expect(cancels).toHaveLength(1);
    expect(alarm.snapshot()?.alert?.status).toBe("cancelled");
    alarm.stop();
  });

  it("discards an old alert of an earlier page only after asking the server", async () => {
    const state = { lost: true, arrives: true };
    const first = losing(state);
    first.alarm.raise();
    await settle();
    first.alarm.stop();
    await vi.advanceTimersByTimeAsync(31 * 60_000);
    const later = page({
      "GET /api/me/alerts": () => ({ data: first.here.map((id) => alertOf(1, { id })), next_cursor: null }),
      [`POST /api/security/alerts/${first.here[0]}/cancel`]: () => cancelled(first.here[0] ?? ""),
    });
    expect(later.alarm.snapshot()?.delivery).toBe("kept");
    later.alarm.dismiss();
    expect(later.alarm.snapshot()?.delivery, "only a cancel ends it").toBe("kept");
    await later.alarm.cancel();
    expect(later.alarm.snapshot()?.alert?.status).toBe("cancelled");
    expect(later.raised()).toEqual([]);
    later.alarm.stop();
  });

  it("does not cancel a press that follows", async () => {
    const state = { lost: true, arrives: false };
    const { alarm, here, cancels } = losing(state);
    alarm.raise();
    await vi.advanceTimersByTimeAsync(2_500);
    Object.assign(state, { lost: false, arrives: true });
    const cancel = alarm.cancel();
    alarm.raise();
    await cancel;
    await settle();
    expect(alarm.snapshot()).toMatchObject({ delivery: "sent", alert: { status: "triggered" } });
    expect(cancels).toEqual([]);
    expect(here).toHaveLength(1);
    alarm.stop();
  });
});
