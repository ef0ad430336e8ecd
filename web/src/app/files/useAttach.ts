import { useEffect, useState } from "react";
import type { Attaching } from "../../cache";
import { MAX_ATTACHMENTS } from "../../client";
import { strings } from "../strings";

/** Adds files to the message that is written. `note` says what was not added. */
export function useAttach(attaching: Attaching) {
  const [note, setNote] = useState("");
  const count = attaching.uploads.snapshot().length;
  useEffect(() => {
    if (count === 0) setNote("");
  }, [count]);
  const attach = (files: readonly File[]) => {
    const left = attaching.uploads.add(files);
    setNote(left > 0 ? strings.files.tooMany(MAX_ATTACHMENTS) : files.length === 0 ? strings.files.notFound : "");
  };
  return { attach, note };
}
