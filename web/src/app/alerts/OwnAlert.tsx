import { type FormEvent, useState } from "react";
import type { OwnAlert } from "../../alerts";
import { useAlarm, useOwnAlert } from "../../alerts/hooks";
import { isOpen, Problem } from "../../client";
import { alertStrings } from "./strings";
import { useNow } from "./useNow";
import { agoOf } from "./words";

/** Security is not reached for this long: the user should phone, milliseconds after the press. */
const PHONE_AFTER_MS = 10_000;

/** The number from the page's `<meta name="campana-emergency-phone">`. */
function emergencyPhone(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="campana-emergency-phone"]')?.content.trim() ?? "";
}

/** The user's own alert from press to close, on every page. */
export function OwnAlertStrip() {
  const own = useOwnAlert();
  const text = alertStrings.own;
  return (
    <section className="own-alert-place" aria-label={text.label}>
      {own && (
        <div className="own-alert" data-state={toneOf(own)}>
          <p className="own-alert-words" role="status">
            <Words own={own} />
          </p>
          <Advice own={own} />
          {/* The same press keeps its state when the server names its alert. */}
          <Acts own={own} key={own.at} />
        </div>
      )}
    </section>
  );
}

function toneOf({ delivery, alert }: OwnAlert): string {
  if (delivery === "refused" || delivery === "kept") return "failed";
  if (delivery === "withdrawn") return "over";
  if (delivery !== "sent" || !alert) return delivery;
  if (!isOpen(alert)) return "over";
  return alert.acknowledged_by ? "taken" : "sent";
}

function Words({ own }: { own: OwnAlert }) {
  const now = useNow();
  const text = alertStrings.own;
  return (
    <>
      {own.drill && <span className="alert-tag drill">{alertStrings.drill}</span>}
      <strong>{headline(own, agoOf(own.at, now))}</strong>
      {own.delivery === "sent" && own.alert && isOpen(own.alert) && own.alert.escalation_level > 0 && (
        <span> {text.escalated}</span>
      )}
    </>
  );
}

/** What the user can do themselves: phone, if security was not reached in time, and say where they are. */
function Advice({ own }: { own: OwnAlert }) {
  const now = useNow(1_000);
  const text = alertStrings.own;
  const { delivery, alert, place, drill } = own;
  const isOver = delivery === "withdrawn" || (delivery === "sent" && alert !== undefined && !isOpen(alert));
  if (drill || isOver) return null;
  const isUnreached = delivery !== "sent" && now - own.at >= PHONE_AFTER_MS;
  const number = emergencyPhone();
  return (
    <>
      <p className="own-alert-advice" role="alert">
        {isUnreached && (
          <>
            {text.phone}{" "}
            {number && (
              <a className="button own-alert-call" href={`tel:${number.replace(/[^\d+*#,;]/g, "")}`}>
                {text.call(number)}
              </a>
            )}
          </>
        )}
      </p>
      <p className="own-alert-advice" role="status">
        {place === "missing" && text.noPlace}
      </p>
    </>
  );
}

function headline({ delivery, alert, drill }: OwnAlert, ago: string): string {
  const text = alertStrings.own;
  if (drill && delivery === "refused") return text.drillFailed;
  if (delivery === "kept") return text.kept(ago);
  if (delivery !== "sent" || !alert) return text[delivery === "sent" ? "sending" : delivery];
  const taker = alert.acknowledged_by?.name;
  switch (alert.status) {
    case "triggered":
      return text.waiting;
    case "acknowledged":
      return text.taken(taker ?? "");
    case "responding":
      return text.coming(taker ?? "");
    case "cancelled":
      return text.cancelled;
    case "false_alarm":
      return text.falseAlarm;
    case "resolved":
      return text.resolved(alert.closed_by?.name);
  }
}

function Acts({ own }: { own: OwnAlert }) {
  const alarm = useAlarm();
  const text = alertStrings.own;
  const { delivery, alert } = own;
  if (delivery === "withdrawn" || (delivery === "sent" && alert && !isOpen(alert))) {
    return (
      <div className="own-alert-acts">
        <button type="button" className="button" onClick={() => alarm.dismiss()}>
          {text.dismiss}
        </button>
      </div>
    );
  }
  const isUnsent = delivery === "refused" || delivery === "kept";
  return (
    <div className="own-alert-acts">
      {isUnsent && (
        <button type="button" className="button alarm-button" onClick={() => alarm.retry()}>
          {text.sendAgain}
        </button>
      )}
      <Cancel offer={isUnsent ? text.discard : text.cancel} />
    </div>
  );
}

/** Cancels in two steps, or with a PIN if the user has one. `offer` is the label of the first. */
function Cancel({ offer }: { offer: string }) {
  const alarm = useAlarm();
  const text = alertStrings.own;
  const [step, setStep] = useState<"offer" | "confirm" | "pin">("offer");
  const [pin, setPin] = useState("");
  const [refusal, setRefusal] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const cancel = async (cause: { pin?: string }) => {
    setBusy(true);
    setRefusal(undefined);
    try {
      await alarm.cancel(cause);
    } catch (error) {
      const problem = Problem.of(error);
      if (problem.isAbout("pin")) setStep("pin");
      else setRefusal(refusalOf(problem));
    } finally {
      setBusy(false);
      setPin("");
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void cancel({ pin });
  };
  const keep = () => {
    setRefusal(undefined);
    setStep("offer");
  };
  return (
    <>
      {step === "offer" && (
        <button type="button" className="button" onClick={() => setStep("confirm")}>
          {offer}
        </button>
      )}
      {step === "confirm" && (
        <>
          <button type="button" className="button" onClick={() => void cancel({})} disabled={isBusy}>
            {text.confirm}
          </button>
          <button type="button" className="button" onClick={keep}>
            {text.keep}
          </button>
        </>
      )}
      {step === "pin" && (
        <form className="own-alert-pin" onSubmit={submit}>
          <input
            className="field"
            type="password"
            inputMode="numeric"
            autoComplete="off"
            aria-label={text.pin}
            placeholder={text.pin}
            value={pin}
            onChange={({ target }) => setPin(target.value.replace(/\D/g, ""))}
            maxLength={12}
            // The field appears after a user action.
            ref={(field) => field?.focus()}
          />
          <button type="submit" className="button" disabled={isBusy || pin.length < 4}>
            {text.enterPin}
          </button>
          <button type="button" className="button" onClick={keep}>
            {text.keep}
          </button>
        </form>
      )}
      <p className="own-alert-progress" role="status">
        {isBusy && text.cancelling}
      </p>
      {refusal && (
        <p className="own-alert-refusal" role="alert">
          {refusal}
        </p>
      )}
    </>
  );
}

function refusalOf(problem: Problem): string {
  const text = alertStrings.own;
  if (problem.status === 0) return text.notReached;
  if (problem.status !== 403) return text.failed;
  return problem.detail?.startsWith("too many") ? text.tooManyPins : text.wrongPin;
}
