import { useEffect, useMemo, useState } from "react";
import { usePanicAlerts } from "../../alerts/hooks";
import { useLive } from "../../cache";
import { isSamePerson, type PanicAlert } from "../../client";
import { MuteIcon, SoundIcon } from "../Icons";
import { alertLink, securityLink } from "../route";
import { useVisible } from "../useVisible";
import { AlertAnnouncer } from "./AlertAnnouncer";
import { alertStrings } from "./strings";
import { useNow } from "./useNow";
import { useSiren } from "./useSiren";
import { agoOf, beatenBy, isUnanswered, mostUrgent, whereOf } from "./words";

/** How long the banner shows who took an alert that this guard tried to take, milliseconds. */
const BEATEN_FOR_MS = 20_000;

/** Banner for guards on every page: connection state, and the most urgent alert. */
export function AlertBanner() {
  const { activeAlerts, state, isComplete, init, cleanup, seen } = usePanicAlerts();
  const isVisible = useVisible();
  useEffect(() => {
    void init();
    return cleanup;
  }, [init, cleanup]);
  const { me } = useLive();
  const unanswered = activeAlerts.filter(isUnanswered).length;
  // The user's own alert has a strip of its own: here it would sound beside them, and a tap would stop the escalation.
  const others = useMemo(() => activeAlerts.filter(({ user }) => !isSamePerson(user, me.user_id)), [activeAlerts, me]);
  const urgent = mostUrgent(others);
  const siren = useSiren(urgent !== undefined);
  const [beaten, setBeaten] = useState<string>();
  useEffect(() => {
    if (beaten === undefined) return;
    const timer = setTimeout(() => setBeaten(undefined), BEATEN_FOR_MS);
    return () => clearTimeout(timer);
  }, [beaten]);
  const urgentId = urgent?.id;
  useEffect(() => {
    if (isVisible && urgentId !== undefined) seen([urgentId]);
  }, [isVisible, urgentId, seen]);
  const text = alertStrings.banner;
  const isLive = state === "live";
  return (
    <section className="alert-banner" aria-label={text.label} data-alerts={state}>
      <AlertAnnouncer alerts={others} />
      <a className="alert-summary" href={securityLink}>
        <span className="alert-state" role="status">
          <span className={`dot dot-${state}`} />
          <span className={isLive ? "alert-live" : undefined}>{text.connection[state]}</span>
        </span>
        <span className="alert-count">
          {activeAlerts.length > 0 ? text.open(activeAlerts.length) : isComplete && text.none}
          {unanswered > 0 && unanswered < activeAlerts.length && ` · ${text.unanswered(unanswered)}`}
        </span>
      </a>
      <Sound siren={siren} />
      <div role="alert">{beaten !== undefined && <p className="alert-beaten">{beaten}</p>}</div>
      {urgent && <Urgent alert={urgent} onBeaten={setBeaten} key={urgent.id} />}
    </section>
  );
}

function Sound({ siren }: { siren: ReturnType<typeof useSiren> }) {
  const text = alertStrings.banner;
  const { isMuted, mute } = siren;
  if (siren.state === "blocked" && !isMuted) {
    return (
      <button type="button" className="alert-sound-blocked" onClick={siren.allow} title={text.blockedHint}>
        <MuteIcon /> {text.blocked}
      </button>
    );
  }
  const words = isMuted ? text.unmute : text.mute;
  return (
    <button
      type="button"
      className="icon-button alert-sound"
      aria-pressed={isMuted}
      onClick={() => mute(!isMuted)}
      aria-label={words}
      title={words}
    >
      {isMuted ? <MuteIcon /> : <SoundIcon />}
    </button>
  );
}

/** The newest that nobody has taken. */
function Urgent({ alert, onBeaten }: { alert: PanicAlert; onBeaten: (words: string | undefined) => void }) {
  const { acknowledge } = usePanicAlerts();
  const live = useLive();
  const now = useNow();
  const [isTaking, setTaking] = useState(false);
  const text = alertStrings.banner;
  const take = () => {
    setTaking(true);
    onBeaten(undefined);
    acknowledge(alert.id)
      // The alert leaves the banner when another guard has it, so the banner says so.
      .catch((error: unknown) => {
        const words = beatenBy(error);
        if (words === undefined) live.report(error);
        else onBeaten(text.beaten(alert.user.name, words));
      })
      .finally(() => setTaking(false));
  };
  return (
    <div className="alert-urgent" data-drill={alert.drill || undefined} data-duress={alert.duress || undefined}>
      <a className="alert-who" href={alertLink(alert.id)}>
        {alert.duress && <span className="alert-tag duress">{alertStrings.duress}</span>}
        {alert.drill && <span className="alert-tag drill">{alertStrings.drill}</span>}
        <strong>{alert.user.name}</strong>
        <span className="alert-where">{whereOf(alert)}</span>
        <span className="alert-ago">{agoOf(alert.created_at, now)}</span>
      </a>
      <button
        type="button"
        className="button alert-take"
        onClick={take}
        disabled={isTaking}
        aria-label={text.takeOf(alert.user.name)}
      >
        {text.take}
      </button>
    </div>
  );
}
