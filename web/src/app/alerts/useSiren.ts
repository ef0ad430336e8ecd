import { useEffect, useRef, useState } from "react";
import { deviceStorage } from "../deviceStorage";
import { Siren, type SirenState } from "./siren";

const MUTED = "campana.alerts.muted";

const readMuted = () => deviceStorage.getItem(MUTED) !== null;

/** Sounds the siren while `isNeeded`, unless this device is muted: in one tab, and muted in all. */
export function useSiren(isNeeded: boolean) {
  const [state, setState] = useState<SirenState>("silent");
  const [isMuted, setMuted] = useState(readMuted);
  const siren = useRef<Siren>(undefined);
  siren.current ??= new Siren(setState);
  useEffect(() => {
    const own = siren.current;
    if (isNeeded && !isMuted) own?.start();
    return () => own?.stop();
  }, [isNeeded, isMuted]);
  useEffect(() => {
    // Fires for changes by other tabs; without a key when all of the storage is cleared.
    const changed = ({ key }: StorageEvent) => {
      if (key === MUTED || key === null) setMuted(readMuted());
    };
    window.addEventListener("storage", changed);
    return () => window.removeEventListener("storage", changed);
  }, []);
  const mute = (on: boolean) => {
    if (on) deviceStorage.setItem(MUTED, "1");
    else deviceStorage.removeItem(MUTED);
    setMuted(on);
  };
  return { state, isMuted, mute, allow: () => siren.current?.allow() };
}
