import { usePushUpkeep } from "../security/usePushUpkeep";
import { AlertBanner } from "./AlertBanner";
import { OwnAlertStrip } from "./OwnAlert";
import { PanicButton } from "./PanicButton";
import { alertStrings } from "./strings";

/** At the top of every page: the alerts of others for those who attend to them, and everybody's own button. */
export function AlertBar({ isGuard }: { isGuard: boolean }) {
  usePushUpkeep(isGuard);
  return (
    <div className="alert-top">
      <div className="alert-bar">
        {isGuard ? <AlertBanner /> : <p className="alert-hint muted">{alertStrings.button.hint}</p>}
        <PanicButton />
      </div>
      <OwnAlertStrip />
    </div>
  );
}
