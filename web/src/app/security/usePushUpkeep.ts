import { useEffect } from "react";
import { useLive } from "../../cache";
import { goToAlert, goToSecurity } from "../route";
import { DevicePush, workers } from "./push";

/** On page load: renews the device's push subscription for guards, and removes it for other users. */
export function usePushUpkeep(isGuard: boolean): void {
  const { client } = useLive();
  useEffect(() => {
    const push = new DevicePush(client.alerts);
    const renew = () => {
      const renewed = isGuard ? push.renew() : push.retire();
      renewed.catch(() => {
        // The next page load retries; the switch shows the state.
      });
    };
    renew();
    const onMessage = ({ data }: MessageEvent) => {
      if (data?.type === "renew-push") renew();
      if (data?.type !== "open-alert" || !isGuard) return;
      if (typeof data.id === "string") goToAlert(data.id);
      else goToSecurity();
    };
    const worker = workers();
    worker?.addEventListener("message", onMessage);
    return () => worker?.removeEventListener("message", onMessage);
  }, [client, isGuard]);
}
