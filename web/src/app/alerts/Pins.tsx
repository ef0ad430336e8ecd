import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useLive } from "../../cache";
import { Problem } from "../../client";
import { Dialog } from "../Dialog";
import { alertStrings } from "./strings";

const PIN = /^\d{4,12}$/;
const NO_PINS = { cancel: "", duress: "", current: "" };

/** Settings of the user's cancel and duress PINs. */
export function Pins() {
  const [isShown, setShown] = useState(false);
  const text = alertStrings.pins;
  return (
    <>
      <button type="button" className="button small-button" onClick={() => setShown(true)}>
        {text.open}
      </button>
      {isShown && (
        <Dialog title={text.title} close={text.close} onClose={() => setShown(false)}>
          <Known />
        </Dialog>
      )}
    </>
  );
}

/** The form depends on whether PINs exist; fetched on every mount. */
function Known() {
  const { client } = useLive();
  const { data, isError, refetch } = useQuery({
    queryKey: ["alerts", "pins"],
    queryFn: () => client.alerts.pins(),
    staleTime: 0,
    gcTime: 0,
    refetchOnMount: "always",
  });
  const text = alertStrings.pins;
  if (data) return <PinsForm areSet={data.are_set} />;
  return isError ? (
    <p role="alert">
      {text.failed}{" "}
      <button type="button" className="link-button" onClick={() => void refetch()}>
        {alertStrings.security.retry}
      </button>
    </p>
  ) : (
    <p role="status">{text.loading}</p>
  );
}

function PinsForm({ areSet: wereSet }: { areSet: boolean }) {
  const { client } = useLive();
  const [areSet, setSet] = useState(wereSet);
  const [pins, setPins] = useState(NO_PINS);
  const [outcome, setOutcome] = useState<{ isGood: boolean; words: string }>();
  const [isBusy, setBusy] = useState(false);
  const text = alertStrings.pins;
  const change = async (act: () => Promise<unknown>, after: boolean) => {
    setBusy(true);
    setOutcome(undefined);
    try {
      await act();
      setSet(after);
      setPins(NO_PINS);
      setOutcome({ isGood: true, words: after ? text.saved : text.removed });
    } catch (error) {
      setOutcome({ isGood: false, words: Problem.of(error).status === 403 ? text.wrong : text.failed });
    } finally {
      setBusy(false);
    }
  };
  const { cancel, duress, current } = pins;
  const isSame = duress !== "" && duress === cancel;
  const isComplete = PIN.test(cancel) && (duress === "" || PIN.test(duress)) && !isSame && (!areSet || current !== "");
  const save = (event: FormEvent) => {
    event.preventDefault();
    const wanted = {
      cancel_pin: cancel,
      ...(duress !== "" && { duress_pin: duress }),
      ...(areSet && { current_pin: current }),
    };
    void change(() => client.alerts.setPins(wanted), true);
  };
  const field = (name: keyof typeof NO_PINS, words: string) => (
    <label>
      {words}
      <input
        className="field"
        type="password"
        inputMode="numeric"
        autoComplete="off"
        maxLength={12}
        value={pins[name]}
        onChange={({ target }) => setPins({ ...pins, [name]: target.value.replace(/\D/g, "") })}
      />
    </label>
  );
  return (
    <form className="pins-form" onSubmit={save}>
      <p>{text.explain}</p>
      {areSet && field("current", text.current)}
      {field("cancel", text.cancel)}
      {field("duress", text.duress)}
      <p className="muted small">{isSame ? text.same : text.duressHint}</p>
      {outcome && <p role={outcome.isGood ? "status" : "alert"}>{outcome.words}</p>}
      <div className="pins-acts">
        <button type="submit" className="button primary" disabled={isBusy || !isComplete}>
          {text.save}
        </button>
        {areSet && (
          <button
            type="button"
            className="button"
            disabled={isBusy || current === ""}
            onClick={() => void change(() => client.alerts.removePins(current), false)}
          >
            {text.remove}
          </button>
        )}
      </div>
    </form>
  );
}
