import { type FormEvent, useState } from "react";
import { useLive } from "../cache";
import { Problem, type Report, type ReportAction } from "../client";
import { MAX_REASON_CHARS } from "./moderation";
import { strings } from "./strings";

interface Props {
  report: Report;
  /** Name of the message's author. */
  sender: string;
  /** The report is resolved, by the user or by somebody else. */
  onDone: () => void;
}

/** Resolves a report by an action. A ban needs a confirmation. */
export function ResolveReport({ report, sender, onDone }: Props) {
  const live = useLive();
  const [action, setAction] = useState<ReportAction>("dismiss");
  const [note, setNote] = useState("");
  const [isAsking, setAsking] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const text = strings.reports;
  const resolve = async () => {
    setBusy(true);
    try {
      await live.client.moderation.resolve(report.id, action, note.trim());
      onDone();
    } catch (error) {
      const { slug } = Problem.of(error);
      live.report(slug === "conflict" ? new Problem(slug, 409, text.conflict) : error);
      if (slug === "conflict") onDone();
    }
    setBusy(false);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (action === "ban" && !isAsking) setAsking(true);
    else void resolve();
  };
  return (
    <form className="resolve" onSubmit={submit}>
      <label className="labelled small">
        <span>{text.action}</span>
        <select
          className="field"
          value={action}
          onChange={(event) => {
            setAction(event.target.value as ReportAction);
            setAsking(false);
          }}
        >
          {(Object.keys(text.actions) as ReportAction[]).map((key) => (
            <option key={key} value={key}>
              {text.actions[key]}
            </option>
          ))}
        </select>
      </label>
      <label className="labelled small">
        <span>{text.note}</span>
        <input
          className="field"
          value={note}
          maxLength={MAX_REASON_CHARS}
          autoComplete="off"
          onChange={(event) => setNote(event.target.value)}
        />
      </label>
      <button
        type="submit"
        className={`button small-button${action === "dismiss" ? "" : " danger"}`}
        disabled={isBusy}
        aria-label={isAsking ? text.confirm : text.resolveOf(sender)}
      >
        {isAsking ? text.confirm : text.resolve}
      </button>
    </form>
  );
}
