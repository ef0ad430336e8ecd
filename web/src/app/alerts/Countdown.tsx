import { useEffect, useId, useRef } from "react";
import { alertStrings } from "./strings";
import { useNow } from "./useNow";

interface Props {
  until: number;
  onCancel: () => void;
  onSendNow: () => void;
}

/** Modal countdown in which the alert can be cancelled. */
export function Countdown({ until, onCancel, onSendNow }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const title = useRef<HTMLHeadingElement>(null);
  const titleId = useId();
  const explanationId = useId();
  useEffect(() => {
    dialog.current?.showModal();
    // Not a button, because the held key repeats and would press it.
    title.current?.focus();
  }, []);
  const seconds = Math.max(1, Math.ceil((until - useNow(100)) / 1_000));
  const text = alertStrings.countdown;
  return (
    <dialog
      ref={dialog}
      className="dialog countdown"
      aria-labelledby={titleId}
      aria-describedby={explanationId}
      onCancel={onCancel}
    >
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
    </dialog>
  );
}
