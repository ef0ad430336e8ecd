import { usePushUpkeep } from "../security/usePushUpkeep";
import { AlertBanner } from "./AlertBanner";
import { OwnAlertStrip } from "./OwnAlert";
import { PanicButton } from "./PanicButton";
import { Pins } from "./Pins";
import { alertStrings } from "./strings";

/** At the top of every page: the alerts of others for those who attend to them, and everybody's own button. */
export function AlertBar({ isGuard }: { isGuard: boolean }) {
  usePushUpkeep(isGuard);
  return (
    <header className="alert-top">
      <div className="alert-bar">
        {isGuard ? <AlertBanner /> : <Hint />}
        <PanicButton />
      </div>
      <OwnAlertStrip />
    </header>
  );
}

function Hint() {
  return (
    <div className="alert-hint">
      <p className="muted">{alertStrings.button.hint}</p>
      <Pins />
    </div>
  );
}
