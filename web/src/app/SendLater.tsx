import { useState } from "react";
import { ClockIcon } from "./Icons";
import { MenuItem, Popover } from "./Popover";
import { ownTimeZone } from "./quietHours";
import { faultOf, fieldValue, MAX_AHEAD_MS, offeredTimes } from "./sendTimes";
import { strings } from "./strings";

const MINUTE_MS = 60_000;

interface Props {
  isDisabled: boolean;
  /** Of the button, if it is not the usual one: why it is disabled. */
  label?: string | undefined;
  onChoose: (at: Date) => void;
}

/** The button beside the one that sends: times to send the message at. */
export function SendLater({ isDisabled, label = strings.scheduled.later, onChoose }: Props) {
  return (
    <Popover label={label} icon={<ClockIcon />} className="icon-button send-later" isDisabled={isDisabled}>
      {(close) => (
        <Times
          onChoose={(at) => {
            close();
            onChoose(at);
          }}
        />
      )}
    </Popover>
  );
}

function Times({ onChoose }: { onChoose: (at: Date) => void }) {
  const [now] = useState(() => new Date());
  const [value, setValue] = useState("");
  const [fault, setFault] = useState<string>();
  const text = strings.scheduled;
  const choose = () => {
    const at = new Date(value);
    const wrong = faultOf(at, new Date());
    setFault(wrong);
    if (!wrong) onChoose(at);
  };
  return (
    <div className="send-times">
      <div className="menu">
        {offeredTimes(now).map(({ label, at }) => (
          <MenuItem key={label} onClick={() => onChoose(at)}>
            {label}
          </MenuItem>
        ))}
      </div>
      <label className="labelled">
        <span>{text.at}</span>
        <input
          type="datetime-local"
          className="field"
          value={value}
          min={fieldValue(new Date(now.getTime() + MINUTE_MS))}
          max={fieldValue(new Date(now.getTime() + MAX_AHEAD_MS))}
          aria-invalid={fault !== undefined}
          onChange={({ target }) => {
            setValue(target.value);
            setFault(undefined);
          }}
          // Enter would send the form around it now.
          onKeyDown={(event) => {
            // The keys of a menu change the time here.
            if (event.key.startsWith("Arrow")) event.stopPropagation();
            if (event.key !== "Enter") return;
            event.preventDefault();
            choose();
          }}
        />
      </label>
      <p className="hint">{text.zone(ownTimeZone().replaceAll("_", " "))}</p>
      <div role="alert">{fault && <p className="form-error">{fault}</p>}</div>
      <button type="button" className="button small-button" disabled={value === ""} onClick={choose}>
        {text.set}
      </button>
    </div>
  );
}
