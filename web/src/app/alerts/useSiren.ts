import { useEffect, useRef, useState } from "react";
import { deviceStorage } from "../deviceStorage";
import { Siren, type SirenState } from "./siren";

const MUTED = "campana.alerts.muted";

/** Sounds the siren while `isNeeded`, unless this device is muted. */
export function useSiren(isNeeded: boolean) {
  const [state, setState] = useState<SirenState>("silent");
  const [isMuted, setMuted] = useState(() => deviceStorage.getItem(MUTED) !== null);
  const siren = useRef<Siren>(undefined);
  siren.current ??= new Siren(setState);
  useEffect(() => {
    const own = siren.current;
    if (isNeeded && !isMuted) own?.start();
    return () => own?.stop();
  }, [isNeeded, isMuted]);
  const mute = (on: boolean) => {
    if (on) deviceStorage.setItem(MUTED, "1");
    else deviceStorage.removeItem(MUTED);
    setMuted(on);
  };
  return { state, isMuted, mute, allow: () => siren.current?.allow() };
}
