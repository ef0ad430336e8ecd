import { type FormEvent, useState } from "react";
import { usePanicAlerts } from "../../alerts/hooks";
import { useLive } from "../../cache";
import { type AlertCause, isOpen, isSamePerson, type PanicAlert } from "../../client";
import { alertStrings } from "../alerts/strings";
import { beatenBy } from "../alerts/words";

type Ending = "resolve" | "falseAlarm";

/** A guard's actions on an open alert. */
export function AlertActions({ alert }: { alert: PanicAlert }) {
  const { acknowledge, respond, resolve, falseAlarm } = usePanicAlerts();
  const { me } = useLive();
  const [ending, setEnding] = useState<Ending>();
  const [refusal, setRefusal] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const text = alertStrings.security.acts;
  const act = async (answer: () => Promise<unknown>) => {
    setBusy(true);
    setRefusal(undefined);
    try {
      await answer();
      setEnding(undefined);
    } catch (error) {
      setRefusal(beatenBy(error) ?? text.failed);
    } finally {
      setBusy(false);
    }
  };
  // Taking one's own alert would stop the escalation to others.
  const isFree = alert.acknowledged_by === null && !isSamePerson(alert.user, me.user_id);
  const isMine = isSamePerson(alert.acknowledged_by, me.user_id);
  const end = (cause: AlertCause & { reason: string }) =>
    act(() => (ending === "falseAlarm" ? falseAlarm(alert.id, cause) : resolve(alert.id, cause)));
  return (
    <div className="alert-acts-place">
      {refusal && (
        <p className="alert-refusal" role="alert">
          {refusal}
        </p>
      )}
      {isOpen(alert) && (
        <div className="alert-acts">
          {isFree && (
            <button
              type="button"
              className="button alarm-button"
              disabled={isBusy}
              onClick={() => void act(() => acknowledge(alert.id))}
            >
              {text.acknowledge}
            </button>
          )}
          {(isFree || (isMine && alert.status === "acknowledged")) && (
            <button
              type="button"
              className={isFree ? "button" : "button primary"}
              disabled={isBusy}
              onClick={() => void act(() => respond(alert.id))}
            >
              {text.respond}
            </button>
          )}
          {(["resolve", "falseAlarm"] as const).map((which) => (
            <button
              key={which}
              type="button"
              className="button"
              aria-expanded={ending === which}
              onClick={() => setEnding((now) => (now === which ? undefined : which))}
            >
              {text[which]}
            </button>
          ))}
        </div>
      )}
      {isOpen(alert) && ending && <EndingForm key={ending} ending={ending} isBusy={isBusy} onEnd={end} />}
    </div>
  );
}

interface FormProps {
  ending: Ending;
  isBusy: boolean;
  onEnd: (cause: AlertCause & { reason: string }) => void;
}

function EndingForm({ ending, isBusy, onEnd }: FormProps) {
  const [reason, setReason] = useState("");
  const [note, setNote] = useState("");
  const text = alertStrings.security.acts;
  const isFalse = ending === "falseAlarm";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const more = note.trim();
    onEnd({ reason: reason.trim(), ...(more !== "" && { note: more }) });
  };
  return (
    <form className="alert-ending" onSubmit={submit}>
      <input
        className="field"
        aria-label={text.reason}
        placeholder={isFalse ? text.reasonNeeded : text.reasonOptional}
        value={reason}
        onChange={({ target }) => setReason(target.value)}
        required={isFalse}
        maxLength={200}
        // The field appears after a user action.
        ref={(field) => {
          if (field && document.activeElement?.tagName === "BUTTON") field.focus();
        }}
      />
      <input
        className="field"
        aria-label={text.note}
        placeholder={text.note}
        value={note}
        onChange={({ target }) => setNote(target.value)}
        maxLength={1_000}
      />
      <button type="submit" className="button primary" disabled={isBusy || (isFalse && reason.trim() === "")}>
        {isFalse ? text.saveFalse : text.save}
      </button>
    </form>
  );
}
