import type { PanicAlert } from "../../client";
import { alertStrings } from "../alerts/strings";
import { useNow } from "../alerts/useNow";
import { agoOf, whereOf } from "../alerts/words";
import { alertLink } from "../route";

/** One alert in a list. */
export function AlertItem({ alert, isOpen }: { alert: PanicAlert; isOpen: boolean }) {
  const now = useNow();
  const taker = alert.acknowledged_by;
  return (
    <li>
      <a
        className="alert-item"
        href={alertLink(alert.id)}
        aria-current={isOpen || undefined}
        data-status={alert.status}
        data-drill={alert.drill || undefined}
        data-duress={alert.duress || undefined}
      >
        <span className="alert-item-name">{alert.user.name}</span>
        <time className="alert-item-time" dateTime={alert.created_at}>
          {agoOf(alert.created_at, now)}
        </time>
        <span className="alert-item-where">{whereOf(alert)}</span>
        <span className="alert-item-tags">
          <AlertTags alert={alert} />
          <StatusTag alert={alert} />
          {taker && <span className="alert-item-taker">{taker.name}</span>}
        </span>
      </a>
    </li>
  );
}

export function StatusTag({ alert }: { alert: PanicAlert }) {
  return (
    <span className="alert-tag" data-status={alert.status}>
      {alertStrings.status[alert.status]}
    </span>
  );
}

/** Tags of an alert: duress, drill, escalation level, presses, wrong PINs. */
export function AlertTags({ alert }: { alert: PanicAlert }) {
  const text = alertStrings.security;
  return (
    <>
      {alert.duress && <span className="alert-tag duress">{alertStrings.duress}</span>}
      {alert.drill && <span className="alert-tag drill">{alertStrings.drill}</span>}
      {alert.escalation_level > 0 && <span className="alert-tag">{text.level(alert.escalation_level)}</span>}
      {alert.presses > 1 && <span className="alert-tag">{text.presses(alert.presses)}</span>}
      {(alert.wrong_pins ?? 0) > 0 && <span className="alert-tag">{text.wrongPins(alert.wrong_pins ?? 0)}</span>}
    </>
  );
}
