// @vitest-environment happy-dom
import { describe, expect, it } from "vitest";
import { DAYS, dayName, doNotDisturbOf, quietHoursOf, timeZones } from "../../src/app/quietHours";

describe("hours without pushes", () => {
  it("begin with a night in the browser's time zone, turned off", () => {
    const hours = quietHoursOf(null, "America/Bogota");
    expect(hours).toEqual({ isOn: false, from: "22:00", to: "07:00", zone: "America/Bogota", days: DAYS });
    expect(doNotDisturbOf(hours)).toBeNull();
    const { days: _, ...all } = doNotDisturbOf({ ...hours, isOn: true }) ?? {};
    expect(all).toEqual({ from: "22:00", to: "07:00", time_zone: "America/Bogota" });
  });

  it("keep what the server has, and name days in the order of the week", () => {
    const stored = { from: "12:00", to: "13:00", time_zone: "Etc/Unusual", days: ["sun", "mon"] as ["sun", "mon"] };
    const hours = quietHoursOf(stored, "UTC");
    expect(doNotDisturbOf(hours)).toEqual({ ...stored, days: ["mon", "sun"] });
    expect(doNotDisturbOf({ ...hours, days: [...DAYS].reverse() })).not.toHaveProperty("days");
  });

  it("are in any time zone that the browser knows, in its own, or in that of the settings", () => {
    const zones = timeZones("Mars/Olympus", "Etc/Unusual");
    expect(zones).toEqual(expect.arrayContaining(["America/Bogota", "Mars/Olympus", "Etc/Unusual", "UTC"]));
    expect(new Set(zones).size).toBe(zones.length);
  });

  it("have days with names in the page's language", () => {
    document.documentElement.lang = "es";
    expect(DAYS.map((day) => dayName(day, "long"))[0]).toBe("lunes");
    document.documentElement.lang = "en";
    expect(dayName("sun", "short")).toBe("Sun");
  });
});
