import { type FormEvent, useState } from "react";
import { type CachedMessage, useLive } from "../cache";
import { Dialog } from "./Dialog";
import { MAX_REASON_CHARS } from "./moderation";
import { strings } from "./strings";

type Reason = keyof typeof strings.reporting.reasons;

/** Reports a message to the moderators. */
export function ReportMessage({ message, onClose }: { message: CachedMessage; onClose: () => void }) {
  const live = useLive();
  const [reason, setReason] = useState<Reason>("spam");
  const [note, setNote] = useState("");
  const [state, setState] = useState<"writing" | "sending" | "done">("writing");
  const text = strings.reporting;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setState("sending");
    const isDone = await live.attempt(live.client.moderation.report(message, reason, note.trim()));
    setState(isDone ? "done" : "writing");
  };
  return (
    <Dialog title={text.title} close={text.close} onClose={onClose}>
      {state === "done" ? (
        <div className="form">
          <p role="status">{text.done}</p>
          <button
            type="button"
            className="button"
            // biome-ignore lint/a11y/noAutofocus: it stands where the button was that sent the report
            autoFocus
            onClick={onClose}
          >
            {text.ok}
          </button>
        </div>
      ) : (
        <form className="form" onSubmit={(event) => void submit(event)}>
          <p className="small muted">{text.explain}</p>
          <fieldset className="choices">
            <legend>{text.reason}</legend>
            {(Object.keys(text.reasons) as Reason[]).map((key) => (
              <label key={key} className="choice">
                <input type="radio" name="reason" checked={reason === key} onChange={() => setReason(key)} />
                {text.reasons[key]}
              </label>
            ))}
          </fieldset>
          <label className="labelled">
            <span>{text.note}</span>
            <textarea
              className="field"
              rows={3}
              value={note}
              maxLength={MAX_REASON_CHARS}
              onChange={(event) => setNote(event.target.value)}
            />
          </label>
          <div className="action-line">
            <button type="submit" className="button danger" disabled={state === "sending"}>
              {text.send}
            </button>
            <button type="button" className="button" onClick={onClose}>
              {text.cancel}
            </button>
          </div>
        </form>
      )}
    </Dialog>
  );
}
