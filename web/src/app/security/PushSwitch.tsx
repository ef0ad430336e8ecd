import { useEffect, useMemo, useState } from "react";
import { useLive } from "../../cache";
import { alertStrings } from "../alerts/strings";
import { DevicePush, type PushState } from "./push";

/** Switch: page this device while the page is closed. */
export function PushSwitch() {
  const { client } = useLive();
  const push = useMemo(() => new DevicePush(client.alerts), [client]);
  const [state, setState] = useState<PushState | "busy" | "failed">("busy");
  useEffect(() => {
    push.renew().then(setState, () => setState("failed"));
  }, [push]);
  const turn = (on: boolean) => {
    setState("busy");
    (on ? push.turnOn() : push.turnOff()).then(setState, () => setState("failed"));
  };
  const text = alertStrings.push;
  const words: Partial<Record<typeof state, string>> = {
    unavailable: text.unavailable,
    blocked: text.blocked,
    failed: text.failed,
  };
  return (
    <span className="push-switch">
      <label title={words[state] ?? text.hint}>
        <input
          type="checkbox"
          role="switch"
          aria-checked={state === "on"}
          checked={state === "on"}
          disabled={state === "busy" || state === "unavailable" || state === "blocked"}
          onChange={({ target }) => turn(target.checked)}
        />
        {text.on}
      </label>
      {words[state] && (
        <span className="push-why" role="status">
          {words[state]}
        </span>
      )}
    </span>
  );
}
