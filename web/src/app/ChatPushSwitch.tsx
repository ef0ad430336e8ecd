import { useEffect, useMemo, useState } from "react";
import { useLive } from "../cache";
import { Problem } from "../client";
import { ChatPush } from "./chatPush";
import type { PushState } from "./security/push";
import { strings } from "./strings";

type State = PushState | "busy" | "failed" | "not set up";

function failureOf(error: unknown): State {
  return error instanceof Problem && error.status === 503 ? "not set up" : "failed";
}

/** Switch: push notifications to this device. The browser asks for the permission when it is turned on, never by itself. */
export function ChatPushSwitch() {
  const { client, me } = useLive();
  const push = useMemo(() => new ChatPush(client.notifications, me.user_id), [client, me]);
  const [state, setState] = useState<State>("busy");
  useEffect(() => {
    const find = async () => {
      const found = await push.renew();
      // The browser is not asked in vain.
      if (found === "off") await client.notifications.pushKey();
      return found;
    };
    find().then(setState, (error) => setState(failureOf(error)));
  }, [push, client]);
  const turn = (on: boolean) => {
    setState("busy");
    (on ? push.turnOn() : push.turnOff()).then(setState, (error) => setState(failureOf(error)));
  };
  const text = strings.push;
  const words: Partial<Record<State, string>> = {
    unavailable: text.unavailable,
    "not set up": text.notSetUp,
    blocked: text.blocked,
    failed: text.failed,
  };
  const isShut = ["busy", "unavailable", "blocked", "not set up"].includes(state);
  return (
    <section className="form" aria-labelledby="push-title">
      <h3 className="section-title" id="push-title">
        {text.title}
      </h3>
      <label className="choice">
        <input
          type="checkbox"
          role="switch"
          aria-checked={state === "on"}
          checked={state === "on"}
          disabled={isShut}
          onChange={({ target }) => turn(target.checked)}
        />
        <span>
          {text.on}
          <span className="hint">{text.hint}</span>
        </span>
      </label>
      <div role="status">{words[state] && <p className="form-note">{words[state]}</p>}</div>
      {state === "on" && <TestButton />}
    </section>
  );
}

function TestButton() {
  const { client } = useLive();
  const [words, setWords] = useState("");
  const [isBusy, setBusy] = useState(false);
  const text = strings.push;
  const test = () => {
    setBusy(true);
    client.notifications
      .testPush()
      .then(
        (devices) => setWords(text.tested(devices)),
        () => setWords(text.testFailed),
      )
      .finally(() => setBusy(false));
  };
  return (
    <div className="action-line">
      <button type="button" className="button small-button" disabled={isBusy} onClick={test}>
        {text.test}
      </button>
      <span role="status">{words}</span>
    </div>
  );
}
