import type { Storage } from "../alerts/pendingAlert";

/**
 * The browser's storage, which a private window or a frame of another site may block, and which may be full. What it does not
 * take is kept for as long as the page is open.
 */
function storageOf(find: () => Storage): Storage {
  const kept = new Map<string, string>();
  const attempt = <T>(use: (storage: Storage) => T): T | undefined => {
    try {
      return use(find());
    } catch {
      return undefined;
    }
  };
  return {
    getItem: (key) => kept.get(key) ?? attempt((storage) => storage.getItem(key)) ?? null,
    setItem(key, value) {
      const isStored = attempt((storage) => {
        storage.setItem(key, value);
        return true;
      });
      if (isStored) kept.delete(key);
      else kept.set(key, value);
    },
    removeItem(key) {
      kept.delete(key);
      attempt((storage) => storage.removeItem(key));
    },
  };
}

/** Of the device. */
export const deviceStorage = storageOf(() => window.localStorage);
/** Of the tab. */
export const tabStorage = storageOf(() => window.sessionStorage);
