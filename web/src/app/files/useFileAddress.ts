import { useEffect, useState } from "react";
import { useLive } from "../../cache";
import type { Attachment } from "../../client";

/** Requests for an address that an element could not load. */
const TRIES = 2;

/**
 * An address under which an element gets a file, once it is wanted. It stays while the element shows it, also after it has ended: a browser keeps
 * a picture that it has loaded.
 */
export function useFileAddress(file: Attachment, isWanted: boolean, variant?: string) {
  const { files } = useLive().client;
  const [state, setState] = useState<{ address?: string; failed: number }>({ failed: 0 });
  const [of, setOf] = useState(`${file.id}/${variant}`);
  if (of !== `${file.id}/${variant}`) {
    setOf(`${file.id}/${variant}`);
    setState({ failed: 0 });
  }
  const { address, failed } = state;
  const isMissing = isWanted && address === undefined && failed < TRIES;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a file is known by its id
  useEffect(() => {
    if (!isMissing) return;
    let isOver = false;
    files.address(file, variant).then(
      (found) => !isOver && setState({ address: found, failed }),
      () => !isOver && setState({ failed: TRIES }),
    );
    return () => {
      isOver = true;
    };
  }, [files, file.id, variant, isMissing, failed]);
  return {
    address,
    hasFailed: failed >= TRIES,
    /** The element could not load the address: it may have ended. */
    onError: () => {
      files.forget(file);
      setState({ failed: failed + 1 });
    },
    reload: () => setState({ failed: 0 }),
  };
}
