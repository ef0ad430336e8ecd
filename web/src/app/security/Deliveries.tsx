import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useLive } from "../../cache";
import { type AlertDelivery, isOpen, isSamePerson, type PanicAlert, type Person } from "../../client";
import { alertStrings } from "../alerts/strings";
import { timeWithSeconds } from "../format";

/** Receipts cause no event, so the list is polled while shown. */
const EVERY_MS = 10_000;

/** Deliveries of an alert by person and transport; fetched when opened. */
export function Deliveries({ alert }: { alert: PanicAlert }) {
  const { client, me } = useLive();
  const [isShown, setShown] = useState(false);
  const { data, isError } = useQuery({
    queryKey: ["alerts", "deliveries", alert.id, alert.updated_at],
    queryFn: () => client.alerts.deliveries(alert.id),
    enabled: isShown,
    refetchInterval: isOpen(alert) ? EVERY_MS : false,
    placeholderData: (before) => before,
  });
  const text = alertStrings.security;
  return (
    <details
      className="alert-section"
      onToggle={({ currentTarget }) => {
        setShown(currentTarget.open);
      }}
    >
      <summary>
        <h3>{text.deliveries}</h3>
      </summary>
      {isError && !data && <p role="alert">{text.failed}</p>}
      {data?.length === 0 && <p className="muted">{text.noDeliveries}</p>}
      <ul className="alert-deliveries">
        {data?.map((delivery) => (
          <li key={`${delivery.user_id}/${delivery.via}`}>
            <strong>{nameOf(delivery, alert, me)}</strong>
            <span className="muted"> · {text.via[delivery.via]}</span>
            <span className="alert-delivery-steps">
              {stepsOf(delivery).map(([words, at]) => (
                <span key={words}>
                  {words} {timeWithSeconds(at)}
                </span>
              ))}
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}

/** The person's name, as far as it is known; otherwise their id. */
function nameOf({ user_id, name }: AlertDelivery, { acknowledged_by, closed_by }: PanicAlert, me: Person): string {
  if (name) return name;
  if (String(user_id) === me.user_id) return me.name;
  const known = [acknowledged_by, closed_by].find((who) => isSamePerson(who, String(user_id)));
  return known?.name ?? alertStrings.security.person(user_id);
}

function stepsOf(delivery: AlertDelivery): [string, string][] {
  const { reached } = alertStrings.security;
  const steps: [string, string | null][] = [
    [reached.sent, delivery.sent_at],
    [reached.delivered, delivery.delivered_at],
    [reached.seen, delivery.seen_at],
    [reached.acknowledged, delivery.acknowledged_at],
  ];
  return steps.filter((step): step is [string, string] => step[1] !== null);
}
