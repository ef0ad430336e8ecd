import { describe, expect, it } from "vitest";
import { agoOf, announcementOf, mostUrgent, whereOf } from "../../src/app/alerts/words";
import { adoptPath, routeOf } from "../../src/app/route";
import { plotOf } from "../../src/app/security/trail";
import { alertOf, takenAt } from "../support/alerts";

describe("the words about alerts", () => {
  it("say how long ago something was", () => {
    const check = (seconds: number, words: string) => expect(agoOf(1_000_000 - seconds * 1_000, 1_000_000)).toBe(words);
    check(-60, "just now");
    check(9, "just now");
    check(59, "59 s ago");
    check(150, "2 min ago");
    check(3_600, "1 hour ago");
    check(2 * 86_400, "2 days ago");
  });

  it("say where help is needed, as well as anybody knows", () => {
    const nowhere = { id: null, address: null };
    expect(whereOf(alertOf(1))).toBe("Apartment 101");
    const place = { ...alertOf(1).location, string: "Calle 123" };
    expect(whereOf(alertOf(1, { apartment: nowhere, location: place }))).toBe("Calle 123");
    const found = { ...alertOf(1).location, lat: 4.6097123, lng: -74 };
    expect(whereOf(alertOf(1, { apartment: nowhere, location: found }))).toBe("4.60971, -74.00000");
    expect(whereOf(alertOf(1, { apartment: nowhere }))).toBe("Place unknown");
  });

  it("put duress before everything, and what is real before a drill", () => {
    const [drill, real, duress] = [alertOf(3, { drill: true }), alertOf(2), alertOf(1, { duress: true })];
    expect(mostUrgent([drill, real, duress])).toBe(duress);
    expect(mostUrgent([drill, real, takenAt(4, 20)])).toBe(real);
    expect(mostUrgent([drill])).toBe(drill);
    expect(mostUrgent([takenAt(4, 20)])).toBeUndefined();
  });

  it("announce one by its name, and many in one sentence", () => {
    expect(announcementOf([alertOf(1)])).toBe("Panic alert: Ana, Apartment 101.");
    expect(announcementOf([alertOf(1, { drill: true })])).toBe("Drill: Ana, Apartment 101.");
    const many = Array.from({ length: 20 }, (_, n) => alertOf(n));
    expect(announcementOf(many)).toBe("20 panic alerts need somebody. Panic alert: Ana, Apartment 101.");
    expect(announcementOf([])).toBe("");
  });
});

describe("the address of an alert", () => {
  it("names the dashboard, and the alert that is looked at", () => {
    expect(routeOf("#/security")).toEqual({ place: "security" });
    expect(routeOf("#/security/")).toEqual({ place: "security" });
    expect(routeOf("#/security/a-1")).toEqual({ place: "security", id: "a-1" });
  });

  it("becomes a place in the page, whether it was typed or came with a notification", () => {
    const addresses: unknown[] = [];
    const known = globalThis.history;
    globalThis.history = { replaceState: (_: unknown, __: string, to: string) => addresses.push(to) } as never;
    try {
      adoptPath({ pathname: "/security", search: "?as=grace" } as Location);
      adoptPath({ pathname: "/", search: "?alert=a-1&as=grace" } as Location);
      adoptPath({ pathname: "/", search: "?alert=a%2F1" } as Location);
      adoptPath({ pathname: "/", search: "?as=grace" } as Location);
    } finally {
      globalThis.history = known;
    }
    expect(addresses).toEqual(["/?as=grace#/security", "/?as=grace#/security/a-1", "/#/security/a%2F1"]);
  });
});

describe("the plot of a trail", () => {
  it("is true to scale, north up, and centred", () => {
    const degrees = 200 / 111_320;
    const { points, metres } = plotOf(
      [
        { lat: 60, lng: 10 },
        { lat: 60 + degrees, lng: 10 },
        { lat: 60 + degrees, lng: 10 + degrees },
      ],
      100,
    );
    expect(metres).toBe(200);
    // At 60° north a degree of longitude is half as long.
    expect(points.map(({ x, y }) => [Math.round(x), Math.round(y)])).toEqual([
      [25, 100],
      [25, 0],
      [75, 0],
    ]);
  });

  it("does not blow up what is only noise, nor breaks where the day changes", () => {
    const { points, metres } = plotOf(
      [
        { lat: 0, lng: 0 },
        { lat: 0.00001, lng: 0 },
      ],
      100,
    );
    expect(metres).toBe(20);
    expect(points.every(({ x, y }) => x > 40 && x < 60 && y > 40 && y < 60)).toBe(true);
    expect(
      plotOf(
        [
          { lat: 0, lng: 179.9999 },
          { lat: 0, lng: -179.9999 },
        ],
        100,
      ).metres,
    ).toBe(22);
    expect(plotOf([], 100)).toEqual({ points: [], metres: 0 });
  });
});
