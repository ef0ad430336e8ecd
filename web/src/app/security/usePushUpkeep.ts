import { useEffect } from "react";
import { useLive } from "../../cache";
import { goToAlert, goToSecurity } from "../route";
import { DevicePush } from "./push";

/** At every visit: pages of this device go on for those who attend to alerts, and end for everybody else. */
export function usePushUpkeep(isGuard: boolean): void {
  const { client } = useLive();
  useEffect(() => {
    const push = new DevicePush(client.alerts);
    const renew = () => {
      const renewed = isGuard ? push.renew() : push.retire();
      renewed.catch(() => {
        // The next visit tries again; whoever looks at the switch sees it.
      });
    };
    renew();
    const told = ({ data }: MessageEvent) => {
      if (data?.type === "renew-push") renew();
      if (data?.type !== "open-alert" || !isGuard) return;
      if (typeof data.id === "string") goToAlert(data.id);
      else goToSecurity();
    };
    const worker = navigator.serviceWorker;
    worker?.addEventListener("message", told);
    return () => worker?.removeEventListener("message", told);
  }, [client, isGuard]);
}
