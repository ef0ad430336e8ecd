import { useQuery } from "@tanstack/react-query";
import { useLive } from "../../cache";
import type { PanicAlert, TimelineEntry } from "../../client";
import { alertStrings } from "../alerts/strings";
import { exactMoment, timeWithSeconds } from "../format";

/** What happened to an alert, in order. */
export function Timeline({ alert }: { alert: PanicAlert }) {
  const { client } = useLive();
  // Changes with every timeline entry; a location update adds none.
  const { id, status, presses, escalation_level, wrong_pins, duress, acknowledged_at } = alert;
  const version = [status, presses, escalation_level, wrong_pins, duress, acknowledged_at].join(" ");
  const { data, isError, refetch } = useQuery({
    queryKey: ["alerts", "timeline", id, version],
    queryFn: () => client.alerts.timeline(id),
    placeholderData: (before) => before,
  });
  const text = alertStrings.security;
  return (
    <section className="alert-section" aria-label={text.timeline}>
      <h3>{text.timeline}</h3>
      {isError && !data && (
        <p role="alert">
          {text.failed}{" "}
          <button type="button" className="link-button" onClick={() => void refetch()}>
            {text.retry}
          </button>
        </p>
      )}
      <ol className="alert-timeline">
        {data?.map((entry) => (
          <li key={entry.number} data-what={entry.what}>
            <time dateTime={entry.at} title={exactMoment(entry.at)}>
              {timeWithSeconds(entry.at)}
            </time>
            <span>
              <Words entry={entry} />
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Words({ entry }: { entry: TimelineEntry }) {
  const text = alertStrings.security;
  const what = text.what[entry.what] ?? entry.what;
  const more = ["reason", "note"].map((name) => entry.data?.[name]).filter((value) => typeof value === "string");
  return (
    <>
      <strong>{entry.by?.name ?? text.byTime}</strong>
      {entry.by ? ` ${what}` : `: ${what}`}
      {more.length > 0 && <span className="alert-timeline-more">{more.join(" · ")}</span>}
    </>
  );
}
