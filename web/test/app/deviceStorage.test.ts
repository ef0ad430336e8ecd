// @vitest-environment happy-dom
import { afterEach, describe, expect, it, vi } from "vitest";
import { type DemoPerson, rememberPerson, wantedPerson } from "../../src/app/demo";
import { deviceStorage } from "../../src/app/deviceStorage";
import { createSession } from "../../src/app/session";

afterEach(() => {
  vi.unstubAllGlobals();
  deviceStorage.removeItem("k");
});

const blocked = () => {
  throw new DOMException("The operation is insecure.", "SecurityError");
};
const ana: DemoPerson = { id: "7", name: "Ana", roles: [], permissions: [], apartment: null };

function block(): void {
  for (const name of ["localStorage", "sessionStorage"] as const) {
    vi.spyOn(window, name, "get").mockImplementation(blocked);
  }
}

describe("a device that blocks storage", () => {
  afterEach(() => void vi.restoreAllMocks());

  it("lets a person sign in, with an alarm", () => {
    block();
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("no network")));
    rememberPerson(ana);
    expect(wantedPerson([ana])).toBe(ana);
    const { alarm } = createSession(ana, () => {});
    alarm.raise();
    expect(alarm.snapshot()?.delivery).toBe("sending");
    alarm.stop();
  });

  it("keeps values while the page is open, also if storage is full", () => {
    localStorage.setItem("k", "old");
    const full = vi.spyOn(Storage.prototype, "setItem").mockImplementation(() => {
      throw new DOMException("full", "QuotaExceededError");
    });
    deviceStorage.setItem("k", "new");
    expect(deviceStorage.getItem("k")).toBe("new");
    full.mockRestore();
    deviceStorage.setItem("k", "newer");
    expect(localStorage.getItem("k")).toBe("newer");
    deviceStorage.removeItem("k");
    expect(deviceStorage.getItem("k")).toBeNull();
  });
});
