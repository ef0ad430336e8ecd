import { useIsCovered } from "../dialogs";
import { Fallback } from "../Fallback";
import { usePushUpkeep } from "../security/usePushUpkeep";
import { AlertBanner } from "./AlertBanner";
import { OwnAlertStrip } from "./OwnAlert";
import { PanicButton } from "./PanicButton";
import { Pins } from "./Pins";
import { alertStrings } from "./strings";

/** Top of every page: the alert banner for guards, and the panic button for every user. No dialog covers it. */
export function AlertBar({ isGuard }: { isGuard: boolean }) {
  usePushUpkeep(isGuard);
  return (
    <header className="alert-top">
      <div className="alert-bar">
        <Fallback>{isGuard ? <AlertBanner /> : <Hint />}</Fallback>
        <PanicButton />
      </div>
      <Fallback>
        <OwnAlertStrip />
      </Fallback>
    </header>
  );
}

function Hint() {
  return (
    <div className="alert-hint" inert={useIsCovered()}>
      <p className="muted">{alertStrings.button.hint}</p>
      <Pins />
    </div>
  );
}
