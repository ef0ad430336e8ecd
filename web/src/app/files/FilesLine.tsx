import type { Attachment } from "../../client";
import { AttachIcon } from "../Icons";
import { inWords } from "./fileWords";

/** Says in a list that a message has files. */
export function FilesLine({ attachments = [] }: { attachments?: Attachment[] | undefined }) {
  if (attachments.length === 0) return null;
  return (
    <p className="files-line">
      <AttachIcon /> {inWords(attachments)}
    </p>
  );
}
