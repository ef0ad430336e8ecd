import { useEffect, useState } from "react";
import { type CachedMessage, useLive, useRoom, useSlowUntil } from "../cache";
import { type Conversation, isWrittenBy, type Message, type Room } from "../client";
import { moderates, type Standing } from "./moderation";
import { strings } from "./strings";

/** Slow mode of a room, as the composer shows it. */
export interface Pace {
  note: string | undefined;
  /** Whether the server would refuse a message now. */
  isWaiting: boolean;
}

const FREE: Pace = { note: undefined, isWaiting: false };

/** A whole number of hours, minutes or seconds, in words. */
export function spanOf(seconds: number): string {
  const words = strings.rules;
  if (seconds % 3_600 === 0) return words.hours(seconds / 3_600);
  if (seconds % 60 === 0) return words.minutes(seconds / 60);
  return words.seconds(seconds);
}

/** A time that is left, as `m:ss` or `h:mm:ss`. */
export function countdown(ms: number): string {
  const seconds = Math.ceil(ms / 1_000);
  const two = (n: number) => String(n).padStart(2, "0");
  const [h, m, s] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/**
 * When the next message may be sent, milliseconds since the epoch: after the user's last one, or after a refusal. The server does not
 * count messages from before slow mode, so those from before the room's last change are left to its refusal.
 */
export function nextAt(
  { slow_mode_s, updated_at }: Pick<Room, "slow_mode_s" | "updated_at">,
  last: CachedMessage | undefined,
  refusedUntil: number,
): number {
  if (slow_mode_s === 0) return 0;
  const counts = last && last.delivery !== "failed" && last.created_at > (updated_at ?? "");
  return Math.max(refusedUntil, counts ? Date.parse(last.created_at) + slow_mode_s * 1_000 : 0);
}

/** Slow mode for the user in this conversation; `ids` are its loaded messages. */
export function usePace(conversation: Conversation | undefined, ids: string[] | undefined, standing: Standing): Pace {
  const { store, me } = useLive();
  const room = useRoom(conversation);
  const refusedUntil = useSlowUntil(conversation?.id ?? "");
  const isSlow = room !== undefined && room.slow_mode_s > 0 && !moderates(standing);
  const isMine = (message: Message | undefined) => message !== undefined && isWrittenBy(message, me.user_id);
  const last = isSlow ? ids?.findLast((id) => isMine(store.message(id))) : undefined;
  const at = isSlow ? nextAt(room, last ? store.message(last) : undefined, refusedUntil) : 0;
  const now = useClock(at);
  if (!isSlow) return FREE;
  // The clocks of device and server can differ, but nobody waits longer than this.
  const left = Math.min(at - now, room.slow_mode_s * 1_000);
  if (left > 0) return { note: strings.composer.slowWait(countdown(left)), isWaiting: true };
  return { note: strings.composer.slow(spanOf(room.slow_mode_s)), isWaiting: false };
}

/** The time, every second until `end`. */
function useClock(end: number): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const tick = () => {
      setNow(Date.now());
      if (Date.now() >= end) clearInterval(timer);
    };
    const timer = setInterval(tick, 1_000);
    tick();
    return () => clearInterval(timer);
  }, [end]);
  return now;
}
