import { DAYS, type Day, dayName, ownTimeZone, type QuietHours, timeZones } from "./quietHours";
import { strings } from "./strings";

interface Props {
  hours: QuietHours;
  onChange: (hours: QuietHours) => void;
}

/** The hours in which nothing is pushed, by the clock of a time zone. */
export function QuietHoursFields({ hours, onChange }: Props) {
  const text = strings.notificationSettings;
  const change = (part: Partial<QuietHours>) => onChange({ ...hours, ...part });
  const { isOn, from, to, zone, days } = hours;
  const toggle = (day: Day, on: boolean) => change({ days: on ? [...days, day] : days.filter((each) => each !== day) });
  return (
    <>
      <label className="choice">
        <input type="checkbox" checked={isOn} onChange={({ target }) => change({ isOn: target.checked })} />
        <span>
          {text.quiet}
          <span className="hint">{text.quietHint}</span>
        </span>
      </label>
      {isOn && (
        <div className="quiet-hours">
          <div className="quiet-times">
            <label className="labelled">
              <span>{text.from}</span>
              <input
                type="time"
                className="field"
                value={from}
                required
                onChange={({ target }) => change({ from: target.value })}
              />
            </label>
            <label className="labelled">
              <span>{text.to}</span>
              <input
                type="time"
                className="field"
                value={to}
                required
                onChange={({ target }) => change({ to: target.value })}
              />
            </label>
          </div>
          {from === to && <p className="form-note">{text.sameTime}</p>}
          <label className="labelled">
            <span>{text.zone}</span>
            <select className="field" value={zone} onChange={({ target }) => change({ zone: target.value })}>
              {timeZones(ownTimeZone(), zone).map((each) => (
                <option key={each} value={each}>
                  {each.replaceAll("_", " ")}
                </option>
              ))}
            </select>
          </label>
          <fieldset className="choices">
            <legend>{text.days}</legend>
            <div className="days">
              {DAYS.map((day) => (
                <label key={day} className="day-choice" title={dayName(day, "long")}>
                  <input
                    type="checkbox"
                    checked={days.includes(day)}
                    onChange={({ target }) => toggle(day, target.checked)}
                    aria-label={dayName(day, "long")}
                  />
                  <span aria-hidden="true">{dayName(day, "short")}</span>
                </label>
              ))}
            </div>
          </fieldset>
          {days.length === 0 && (
            <p className="form-error" role="alert">
              {text.noDay}
            </p>
          )}
        </div>
      )}
    </>
  );
}
