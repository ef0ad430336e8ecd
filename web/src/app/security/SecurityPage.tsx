import { useEffect, useState } from "react";
import { usePanicAlerts } from "../../alerts/hooks";
import { Pins } from "../alerts/Pins";
import { alertStrings } from "../alerts/strings";
import { BackIcon } from "../Icons";
import { useVisible } from "../useVisible";
import { AlertDetail } from "./AlertDetail";
import { AlertItem } from "./AlertItem";
import { Drill } from "./Drill";
import { History } from "./History";
import { PushSwitch } from "./PushSwitch";

type Tab = "open" | "history";

/** Dashboard of all alerts, for guards; a narrow screen shows the list or the selected alert. */
export function SecurityPage({ id, isGuard }: { id: string | undefined; isGuard: boolean }) {
  const text = alertStrings.security;
  return (
    <main className="security" data-pane={id === undefined ? "list" : "detail"}>
      <header className="security-header">
        <a className="icon-button" href="#/" aria-label={text.back} title={text.back}>
          <BackIcon />
        </a>
        <h1>{text.title}</h1>
        <span className="grow" />
        {isGuard && <PushSwitch />}
        {isGuard && <Pins />}
        {isGuard && <Drill />}
      </header>
      {isGuard ? <Dashboard id={id} /> : <Forbidden />}
    </main>
  );
}

function Forbidden() {
  return (
    <p className="security-nothing" role="alert">
      {alertStrings.security.forbidden}
    </p>
  );
}

function Dashboard({ id }: { id: string | undefined }) {
  const [tab, setTab] = useState<Tab>("open");
  const { init, cleanup, state } = usePanicAlerts();
  useEffect(() => {
    void init();
    return cleanup;
  }, [init, cleanup]);
  const text = alertStrings.security;
  // Nor what was fetched before they were told so.
  if (state === "forbidden") return <Forbidden />;
  return (
    <>
      {(state === "reconnecting" || state === "offline") && (
        <p className="security-old" role="status">
          {text.reconnecting}
        </p>
      )}
      <div className="security-panes">
        <section className="security-list" aria-label={tab === "open" ? text.open : text.history}>
          <Tabs tab={tab} onTab={setTab} />
          {tab === "open" ? <OpenAlerts openId={id} /> : <History openId={id} />}
        </section>
        {id === undefined ? (
          <div className="security-detail security-nothing">
            <p className="muted">{text.pick}</p>
          </div>
        ) : (
          <AlertDetail id={id} key={id} />
        )}
      </div>
    </>
  );
}

function Tabs({ tab, onTab }: { tab: Tab; onTab: (tab: Tab) => void }) {
  const { activeAlerts } = usePanicAlerts();
  const text = alertStrings.security;
  const count = activeAlerts.length > 0 ? ` (${activeAlerts.length})` : "";
  return (
    <div className="security-tabs">
      <button type="button" aria-pressed={tab === "open"} onClick={() => onTab("open")}>
        {text.open + count}
      </button>
      <button type="button" aria-pressed={tab === "history"} onClick={() => onTab("history")}>
        {text.history}
      </button>
    </div>
  );
}

function OpenAlerts({ openId }: { openId: string | undefined }) {
  const { activeAlerts, isComplete, seen } = usePanicAlerts();
  const isVisible = useVisible();
  useEffect(() => {
    if (isVisible && activeAlerts.length > 0) seen(activeAlerts.map(({ id }) => id));
  }, [isVisible, activeAlerts, seen]);
  const text = alertStrings.security;
  if (activeAlerts.length === 0) {
    return (
      <div className="security-nothing">
        <p>{isComplete ? text.none : text.loading}</p>
        <p className="muted">{text.noneHint}</p>
      </div>
    );
  }
  return (
    <ul className="alert-items">
      {activeAlerts.map((alert) => (
        <AlertItem key={alert.id} alert={alert} isOpen={alert.id === openId} />
      ))}
    </ul>
  );
}
