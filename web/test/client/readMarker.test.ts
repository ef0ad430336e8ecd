import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { ReadMarker } from "../../src/client/readMarker";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

it("is sent again for messages that were marked as unread, and not before they are read", () => {
  const sent: number[] = [];
  const marker = new ReadMarker((seq) => sent.push(seq) > 0);
  marker.moveTo(5);
  marker.moveTo(7);
  marker.moveBackTo(3);
  vi.advanceTimersByTime(2_000);
  expect(sent, "what was waiting is not sent").toEqual([5]);
  marker.serverHas(3);
  marker.flush();
  marker.moveTo(7);
  expect(sent).toEqual([5, 7]);
});
