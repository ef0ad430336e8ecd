import { type ReactNode, useEffect, useRef, useState } from "react";
import type { Attaching } from "../../cache";
import { canRetry, type Upload } from "../../client";
import { CloseIcon, PauseIcon, ReloadIcon } from "../Icons";
import { strings } from "../strings";
import { FilePreview } from "./FilePreview";
import { sizeOf, whyFailed } from "./fileWords";

interface Props {
  attaching: Attaching;
  uploads: readonly Upload[];
  isHeld: boolean;
  /** What was not added. */
  note: string;
}

/** The files of the message that is written, and how far their uploads are. */
export function AttachmentTray({ attaching, uploads, isHeld, note }: Props) {
  const text = strings.files;
  return (
    <div className="tray">
      <UploadAnnouncer uploads={uploads} />
      <div role="alert">{note && <p className="composer-note">{note}</p>}</div>
      {uploads.length > 0 && (
        <ul className="tray-files" aria-label={text.tray}>
          {uploads.map((upload) => (
            <TrayFile key={upload.id} upload={upload} attaching={attaching} />
          ))}
        </ul>
      )}
      <div role="status">
        {isHeld && (
          <p className="composer-note">
            {text.held}{" "}
            <button type="button" className="link-button" onClick={() => attaching.release()}>
              {text.dontSend}
            </button>
          </p>
        )}
      </div>
    </div>
  );
}

function TrayFile({ upload, attaching }: { upload: Upload; attaching: Attaching }) {
  const { uploads } = attaching;
  const { id, file, status, sent, canPause } = upload;
  const text = strings.files;
  const isOnItsWay = status === "waiting" || status === "uploading" || status === "paused";
  return (
    <li className={`tray-file tray-${status}`}>
      <FilePreview file={file} />
      <span className="file-name" title={file.name}>
        {file.name}
      </span>
      <span className="file-facts">
        {sizeOf(file.size)} · <State upload={upload} />
      </span>
      {isOnItsWay && <progress max={Math.max(1, file.size)} value={sent} aria-label={text.progressOf(file.name)} />}
      <span className="tray-actions">
        {canPause && (status === "waiting" || status === "uploading") && (
          <TrayButton label={text.pause(file.name)} onClick={() => uploads.pause(id)} icon={<PauseIcon />} />
        )}
        {status === "paused" && (
          <TrayButton label={text.resume(file.name)} onClick={() => uploads.retry(id)} icon={<ReloadIcon />} />
        )}
        {canRetry(upload) && (
          <TrayButton label={text.retryOf(file.name)} onClick={() => uploads.retry(id)} icon={<ReloadIcon />} />
        )}
        <TrayButton
          label={isOnItsWay ? text.cancel(file.name) : text.remove(file.name)}
          onClick={() => uploads.remove(id)}
          icon={<CloseIcon />}
        />
      </span>
    </li>
  );
}

interface ButtonProps {
  label: string;
  icon: ReactNode;
  onClick: () => void;
}

function TrayButton({ label, icon, onClick }: ButtonProps) {
  return (
    <button type="button" className="icon-button" onClick={onClick} aria-label={label} title={label}>
      {icon}
    </button>
  );
}

function State({ upload }: { upload: Upload }) {
  const { file, status, sent, attachment } = upload;
  const text = strings.files;
  switch (status) {
    case "waiting":
      return text.waiting;
    case "uploading":
      return text.uploading(Math.floor((100 * sent) / Math.max(1, file.size)));
    case "paused":
      return text.paused;
    case "done":
      return attachment?.status === "scanning" ? text.checking : text.uploaded;
    case "failed":
      return <strong className="tray-why">{whyFailed(upload)}</strong>;
  }
}

/** Says to screen readers how uploads end. */
function UploadAnnouncer({ uploads }: { uploads: readonly Upload[] }) {
  const known = useRef(new Map<string, Upload["status"]>());
  const [words, setWords] = useState("");
  useEffect(() => {
    const ended = uploads.filter(({ id, status }) => {
      const before = known.current.get(id);
      return before !== undefined && before !== status && (status === "done" || status === "failed");
    });
    known.current = new Map(uploads.map(({ id, status }) => [id, status]));
    const { announceDone, announceFailed } = strings.files;
    const said = ended.map((upload) =>
      upload.status === "done" ? announceDone(upload.file.name) : announceFailed(upload.file.name, whyFailed(upload)),
    );
    if (said.length > 0) setWords(said.join("\n"));
  }, [uploads]);
  return (
    <div className="visually-hidden" aria-live="polite">
      {words}
    </div>
  );
}
