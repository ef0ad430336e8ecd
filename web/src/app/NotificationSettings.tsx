import { type FormEvent, useState } from "react";
import { keys, useLive, useModeratesAny, useNotificationPreferences } from "../cache";
import { type KindsInForce, type NotificationPreferences, Problem } from "../client";
import { ChatPushSwitch } from "./ChatPushSwitch";
import { Dialog } from "./Dialog";
import { ListNotes } from "./ListNotes";
import { QuietHoursFields } from "./QuietHoursFields";
import { doNotDisturbOf, quietHoursOf } from "./quietHours";
import { strings } from "./strings";

type Kind = keyof KindsInForce;

/** What the user is notified of and how, the hours without pushes, and whether this device gets them. */
export function NotificationSettings({ onClose }: { onClose: () => void }) {
  const { data, isError, isFetching, refetch } = useNotificationPreferences();
  const text = strings.notificationSettings;
  // The form keeps what it begins with, so it waits for the newest state.
  const isThere = data !== undefined && !isFetching && !isError;
  return (
    <Dialog title={text.title} close={text.close} onClose={onClose}>
      <ChatPushSwitch />
      {isThere ? (
        <Settings preferences={data} />
      ) : (
        <ListNotes text={{ ...text, none: "" }} count={undefined} isError={isError} refetch={refetch} />
      )}
    </Dialog>
  );
}

type Outcome = "saving" | "saved" | { problem: Problem };

function Settings({ preferences }: { preferences: NotificationPreferences }) {
  const { client, store } = useLive();
  const [kinds, setKinds] = useState(preferences.kinds);
  const [quiet, setQuiet] = useState(() => quietHoursOf(preferences.do_not_disturb));
  const [outcome, setOutcome] = useState<Outcome>();
  const text = strings.notificationSettings;

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setOutcome("saving");
    try {
      const saved = await client.notifications.setPreferences({ kinds, do_not_disturb: doNotDisturbOf(quiet) });
      store.set(keys.notificationPreferences, saved);
      setOutcome("saved");
    } catch (error) {
      setOutcome({ problem: Problem.of(error) });
    }
  };
  const lacksDay = quiet.isOn && quiet.days.length === 0;
  return (
    <form className="form" onSubmit={(event) => void submit(event)} onChange={() => setOutcome(undefined)}>
      <KindTable kinds={kinds} onChange={setKinds} />
      <QuietHoursFields hours={quiet} onChange={setQuiet} />
      <div className="action-line">
        <button type="submit" className="button primary" disabled={outcome === "saving" || lacksDay}>
          {text.save}
        </button>
        <span role="status">{outcome === "saved" && text.saved}</span>
      </div>
      <div role="alert">
        {typeof outcome === "object" && <p className="form-error">{refusalOf(outcome.problem)}</p>}
      </div>
    </form>
  );
}

function refusalOf(problem: Problem): string {
  const text = strings.notificationSettings;
  if (problem.status === 0) return `${text.notSaved} ${text.unreachable}`;
  const isZone = problem.isAbout("do_not_disturb.time_zone") || problem.isAbout("time_zone");
  return isZone ? text.badZone : `${text.notSaved} ${problem.detail ?? problem.message}`;
}

interface TableProps {
  kinds: KindsInForce;
  onChange: (kinds: KindsInForce) => void;
}

function KindTable({ kinds, onChange }: TableProps) {
  const isModerator = useModeratesAny();
  const text = strings.notificationSettings;
  const shown = (Object.keys(text.names) as Kind[]).filter((kind) => kind !== "report" || isModerator);
  const check = (kind: Kind, channel: "inbox" | "push") => {
    const choice = kinds[kind];
    // What is not on the list is not pushed.
    const isOff = channel === "push" && !choice.inbox;
    return (
      <td>
        <label className="check-cell">
          <input
            type="checkbox"
            checked={choice[channel] && !isOff}
            disabled={isOff}
            onChange={({ target }) => onChange({ ...kinds, [kind]: { ...choice, [channel]: target.checked } })}
            aria-label={text.of(text.names[kind], text[channel])}
          />
        </label>
      </td>
    );
  };
  return (
    <table className="kinds">
      <caption className="section-title">{text.kinds}</caption>
      <thead>
        <tr>
          <th scope="col">
            <span className="visually-hidden">{text.kind}</span>
          </th>
          <th scope="col">{text.inbox}</th>
          <th scope="col">{text.push}</th>
        </tr>
      </thead>
      <tbody>
        {shown.map((kind) => (
          <tr key={kind}>
            <th scope="row">{text.names[kind]}</th>
            {check(kind, "inbox")}
            {check(kind, "push")}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
