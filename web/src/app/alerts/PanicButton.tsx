import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { HOLD_MS, PanicPress, type PressState } from "../../alerts";
import { useAlarm } from "../../alerts/hooks";
import { Countdown } from "./Countdown";
import { alertStrings } from "./strings";

const STEP_MS = 50;
/** Time in which the click that follows a touch is ignored, milliseconds. */
const CLICK_FOLLOWS_MS = 500;
const RADIUS = 20;
const LENGTH = 2 * Math.PI * RADIUS;

/** How long the explanation after a tap is shown, milliseconds. */
const EXPLAINED_FOR_MS = 8_000;

/** Panic button: hold by pointer or key, then a countdown that can be cancelled. */
export function PanicButton() {
  const alarm = useAlarm();
  const [tooShortAt, setTooShortAt] = useState<number>();
  const [press] = useState(
    () =>
      new PanicPress({
        onRaise: () => alarm.raise(),
        onHold: () => {
          setTooShortAt(undefined);
          alarm.prepare();
        },
        onTooShort: () => setTooShortAt(Date.now()),
        onAbandon: () => alarm.abandon(),
      }),
  );
  const state = useSyncExternalStore(press.subscribe, press.snapshot);
  useLeaving(press);
  const handlers = useHolding(press);
  const text = alertStrings.button;
  const isHolding = state.phase === "holding";
  useVibration(isHolding);
  useEffect(() => {
    if (tooShortAt === undefined) return;
    const timer = setTimeout(() => setTooShortAt(undefined), EXPLAINED_FOR_MS);
    return () => clearTimeout(timer);
  }, [tooShortAt]);
  return (
    <>
      <button type="button" className="panic-button" data-phase={state.phase} aria-label={text.label} {...handlers}>
        <Ring state={state} />
        <span aria-hidden="true">{text.short}</span>
      </button>
      <span className="visually-hidden" role="status">
        {isHolding ? text.holding : ""}
      </span>
      <span className="panic-explanation" role="status">
        {tooShortAt !== undefined && text.tooShort}
      </span>
      {state.phase === "counting" && (
        <Countdown until={state.until} onCancel={() => press.cancel()} onSendNow={() => press.sendNow()} />
      )}
    </>
  );
}

/** The device vibrates while the button is held, where it can. */
function useVibration(isHolding: boolean): void {
  useEffect(() => {
    if (!isHolding) return;
    navigator.vibrate?.(HOLD_MS);
    return () => void navigator.vibrate?.(0);
  }, [isHolding]);
}

/** Ends a press when the page is hidden or closed, because nobody can cancel it then. */
function useLeaving(press: PanicPress): void {
  useEffect(() => {
    const hidden = () => {
      if (document.visibilityState === "hidden") press.hide();
    };
    const leaves = () => press.hide();
    document.addEventListener("visibilitychange", hidden);
    window.addEventListener("pagehide", leaves);
    return () => {
      document.removeEventListener("visibilitychange", hidden);
      window.removeEventListener("pagehide", leaves);
      // A sign-out during the countdown counts as closing the page.
      press.hide();
    };
  }, [press]);
}

/** Event handlers for pointer and key. A click without a hold, from a screen reader, starts the countdown. */
function useHolding(press: PanicPress) {
  /** Whether the next click belongs to a touch. */
  const isTouch = useRef(false);
  const up = () => {
    press.release();
    setTimeout(() => {
      isTouch.current = false;
    }, CLICK_FOLLOWS_MS);
  };
  const isKey = ({ key }: KeyboardEvent) => key === " " || key === "Enter";
  return {
    onPointerDown: (event: PointerEvent<HTMLButtonElement>) => {
      if (event.button !== 0) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      isTouch.current = true;
      press.press();
    },
    onPointerUp: up,
    onPointerCancel: up,
    // Keys are prevented from clicking.
    onKeyDown: (event: KeyboardEvent) => {
      if (!isKey(event)) return;
      event.preventDefault();
      if (!event.repeat) press.press();
    },
    onKeyUp: (event: KeyboardEvent) => {
      if (!isKey(event)) return;
      event.preventDefault();
      press.release();
    },
    onBlur: () => press.release(),
    onClick: () => {
      if (!isTouch.current) press.activate();
    },
    // A long touch would open the context menu.
    onContextMenu: (event: { preventDefault(): void }) => event.preventDefault(),
  };
}

/** Remaining hold time. Moves in steps, also with reduced motion, because it is information and not decoration. */
function Ring({ state }: { state: PressState }) {
  const [now, setNow] = useState(Date.now);
  const isHolding = state.phase === "holding";
  useEffect(() => {
    if (!isHolding) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), STEP_MS);
    return () => clearInterval(timer);
  }, [isHolding]);
  const done =
    state.phase === "holding" ? Math.min(1, Math.max(0, (now - state.since) / (state.until - state.since))) : 0;
  return (
    <svg className="panic-ring" viewBox="0 0 44 44" aria-hidden="true" focusable="false">
      <circle cx="22" cy="22" r={RADIUS} strokeDasharray={LENGTH} strokeDashoffset={LENGTH * (1 - done)} />
    </svg>
  );
}
