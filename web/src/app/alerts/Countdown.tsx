import { useEffect, useId, useRef } from "react";
import { Surface } from "../dialogs";
import { alertStrings } from "./strings";
import { useNow } from "./useNow";

interface Props {
  until: number;
  onCancel: () => void;
  onSendNow: () => void;
}

/** Countdown in which the alert can be cancelled. */
export function Countdown({ until, onCancel, onSendNow }: Props) {
  const title = useRef<HTMLHeadingElement>(null);
  const titleId = useId();
  const explanationId = useId();
  useEffect(() => {
    // Not a button, because the held key repeats and would press it.
    title.current?.focus();
  }, []);
  const seconds = Math.max(1, Math.ceil((until - useNow(100)) / 1_000));
  const text = alertStrings.countdown;
  return (
    <Surface className="dialog countdown" titleId={titleId} explanationId={explanationId} onEscape={onCancel}>
      <h2 id={titleId} ref={title} tabIndex={-1}>
        {text.title}
      </h2>
      <p className="countdown-number" role="timer">
        {text.sending(seconds)}
      </p>
      <p className="visually-hidden" role="status">
        {text.sending(Math.round(seconds / 5) * 5 || 1)}
      </p>
      <p className="muted" id={explanationId}>
        {text.explain}
      </p>
      <div className="countdown-acts">
        <button type="button" className="button countdown-cancel" onClick={onCancel}>
          {text.cancel}
        </button>
        <button type="button" className="button alarm-button" onClick={onSendNow}>
          {text.now}
        </button>
      </div>
    </Surface>
  );
}
