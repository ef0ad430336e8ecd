import { useState } from "react";
import { useLive } from "../../cache";
import type { Attachment } from "../../client";
import { DownloadIcon, FileIcon } from "../Icons";
import { strings } from "../strings";
import { download } from "./download";
import { sizeOf, typeOf } from "./fileWords";

/** A file that is not shown: its name, type and size. It is downloaded on a press, unless its check is not over or has refused it. */
export function FileCard({ file }: { file: Attachment }) {
  const live = useLive();
  const [isBusy, setBusy] = useState(false);
  const text = strings.files;
  const facts = (
    <>
      <FileIcon />
      <span className="file-name">{file.name}</span>
      <span className="file-facts">
        {file.status === "scanning" ? text.checking : file.status === "refused" ? text.refused : typeOf(file)} ·{" "}
        {sizeOf(file.size)}
      </span>
    </>
  );
  if (file.status !== "ready") return <div className="file-card file-shut">{facts}</div>;
  const save = () => {
    setBusy(true);
    void download(live, file).then(() => setBusy(false));
  };
  return (
    <button type="button" className="file-card" disabled={isBusy} onClick={save} title={text.download}>
      <span className="visually-hidden">{text.download} </span>
      {facts}
      <DownloadIcon />
    </button>
  );
}
