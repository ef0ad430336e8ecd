import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { usePanicAlerts } from "../../alerts/hooks";
import { useLive } from "../../cache";
import { isOpen, isSamePerson, type PanicAlert, Problem } from "../../client";
import { alertStrings } from "../alerts/strings";
import { useNow } from "../alerts/useNow";
import { agoOf } from "../alerts/words";
import { timeWithSeconds } from "../format";
import { BackIcon } from "../Icons";
import { securityLink } from "../route";
import { AlertActions } from "./AlertActions";
import { AlertTags, StatusTag } from "./AlertItem";
import { Deliveries } from "./Deliveries";
import { Place } from "./Place";
import { Timeline } from "./Timeline";

/** Details of one alert, fetched if it is not loaded. */
export function AlertDetail({ id }: { id: string }) {
  const { activeAlerts, closedAlerts, keep } = usePanicAlerts();
  const { client } = useLive();
  const known = activeAlerts.find((alert) => alert.id === id) ?? closedAlerts.find((alert) => alert.id === id);
  const { data, error, refetch } = useQuery({
    queryKey: ["alerts", "detail", id],
    queryFn: () => client.alerts.get(id),
    enabled: known === undefined,
  });
  useEffect(() => {
    if (data && isOpen(data)) keep(data);
  }, [data, keep]);
  const alert = known ?? data;
  const text = alertStrings.security;
  if (alert) return <Shown alert={alert} />;
  return (
    <div className="security-detail security-nothing">
      {error ? (
        <div role="alert" className="stack">
          <p>{Problem.of(error).status === 404 ? text.notFound : text.failed}</p>
          <button type="button" className="button" onClick={() => void refetch()}>
            {text.retry}
          </button>
        </div>
      ) : (
        <p role="status">{text.loading}</p>
      )}
    </div>
  );
}

function Shown({ alert }: { alert: PanicAlert }) {
  const text = alertStrings.security;
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus({ preventScroll: true }), []);
  // The owner's view shows only what the server sends them, because another person may see the screen.
  const isOwn = isSamePerson(alert.user, useLive().me.user_id);
  return (
    <article className="security-detail" data-duress={alert.duress || undefined} aria-label={alert.user.name}>
      <header className="alert-detail-header">
        <a className="icon-button alert-back" href={securityLink} aria-label={text.backToList}>
          <BackIcon />
        </a>
        <h2 ref={title} tabIndex={-1}>
          {alert.user.name}
        </h2>
        <span className="alert-item-tags">
          <StatusTag alert={alert} />
          <AlertTags alert={alert} />
        </span>
      </header>
      {alert.duress && (
        <p className="alert-duress" role="alert">
          <strong>{alertStrings.duress}.</strong> {alertStrings.duressHint}
        </p>
      )}
      <AlertActions alert={alert} />
      <Facts alert={alert} />
      <Place alert={alert} isOwn={isOwn} />
      <Timeline alert={alert} />
      {!isOwn && <Deliveries alert={alert} />}
    </article>
  );
}

function Facts({ alert }: { alert: PanicAlert }) {
  const now = useNow();
  const text = alertStrings.security;
  const at = (when: string) => `${timeWithSeconds(when)} · ${agoOf(when, now)}`;
  const facts: [string, string | null | undefined][] = [
    [text.facts.where, alert.apartment.address],
    [text.facts.raised, at(alert.created_at)],
    [
      text.facts.taken,
      alert.acknowledged_by &&
        alert.acknowledged_at &&
        text.takenBy(alert.acknowledged_by.name, agoOf(alert.acknowledged_at, now)),
    ],
    [text.facts.responding, alert.responding_at && at(alert.responding_at)],
    [text.facts.ended, alert.closed_at && `${alert.closed_by?.name ?? ""} · ${at(alert.closed_at)}`],
    [text.facts.reason, alert.reason],
    [text.facts.note, alert.note],
  ];
  return (
    <dl className="alert-facts">
      {facts.map(([name, value]) =>
        value ? (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ) : null,
      )}
    </dl>
  );
}
