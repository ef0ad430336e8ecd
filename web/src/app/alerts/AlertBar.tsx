import { usePushUpkeep } from "../security/usePushUpkeep";
import { AlertBanner } from "./AlertBanner";
import { OwnAlertStrip } from "./OwnAlert";
import { PanicButton } from "./PanicButton";
import { Pins } from "./Pins";
import { alertStrings } from "./strings";

/** Top of every page: the alert banner for guards, and the panic button for every user. */
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
