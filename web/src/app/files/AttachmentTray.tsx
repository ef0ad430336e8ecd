import { useEffect, useRef, useState } from "react";
import type { Attaching } from "../../cache";
import { canRetry, type KeptUpload, type Upload } from "../../client";
import { CloseIcon, PauseIcon, PlayIcon, ReloadIcon } from "../Icons";
import { strings } from "../strings";
import { FilePreview } from "./FilePreview";
import { percentOf, sizeOf, whyFailed } from "./fileWords";
import { InterruptedFile } from "./InterruptedFile";
import { TrayButton } from "./TrayButton";

interface Props {
  attaching: Attaching;
  uploads: readonly Upload[];
  interrupted: readonly KeptUpload[];
  isHeld: boolean;
  /** What was not added. */
  note: string;
  cannotAttach: boolean;
  onFiles: (files: File[]) => void;
}

/** The files of the message that is written, and how far their uploads are. */
export function AttachmentTray({ attaching, uploads, interrupted, isHeld, note, cannotAttach, onFiles }: Props) {
  const text = strings.files;
  return (
    <div className="tray">
      <UploadAnnouncer uploads={uploads} />
      <div role="alert">{note && <p className="composer-note">{note}</p>}</div>
      {interrupted.length > 0 && (
        <ul className="tray-files" aria-label={text.interruptedTray}>
          {interrupted.map((upload) => (
            <InterruptedFile
              key={upload.id}
              upload={upload}
              isDisabled={cannotAttach}
              onFiles={onFiles}
              onDiscard={() => attaching.discardInterrupted(upload.id)}
            />
          ))}
        </ul>
      )}
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
  const { id, file, status, sent } = upload;
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
        <ActButton upload={upload} attaching={attaching} />
        <TrayButton
          label={isOnItsWay ? text.cancel(file.name) : text.remove(file.name)}
          onClick={() => uploads.remove(id)}
          icon={<CloseIcon />}
        />
      </span>
    </li>
  );
}

/** Pauses, continues or repeats: one button, which keeps the focus when it changes. */
function ActButton({ upload, attaching: { uploads } }: { upload: Upload; attaching: Attaching }) {
  const { id, file, status, canPause } = upload;
  const text = strings.files;
  const again = () => uploads.retry(id);
  if (status === "paused") return <TrayButton label={text.resume(file.name)} onClick={again} icon={<PlayIcon />} />;
  if (canRetry(upload)) return <TrayButton label={text.retryOf(file.name)} onClick={again} icon={<ReloadIcon />} />;
  if (!canPause || status === "done" || status === "failed") return null;
  return <TrayButton label={text.pause(file.name)} onClick={() => uploads.pause(id)} icon={<PauseIcon />} />;
}

function State({ upload }: { upload: Upload }) {
  const { file, status, sent, attachment, retrying } = upload;
  const text = strings.files;
  const percent = percentOf(sent, file.size);
  switch (status) {
    case "waiting":
      return text.waiting;
    case "uploading":
      if (retrying) return (retrying.status === 0 ? text.reconnecting : text.repeating)(percent);
      return text.uploading(percent);
    case "paused":
      return text.paused(percent);
    case "done":
      return attachment?.status === "scanning" ? text.checking : text.uploaded;
    case "failed":
      return <strong className="tray-why">{whyFailed(upload)}</strong>;
  }
}

/** Says to screen readers when uploads stop and end. */
function UploadAnnouncer({ uploads }: { uploads: readonly Upload[] }) {
  const known = useRef(new Map<string, string>());
  const [words, setWords] = useState("");
  useEffect(() => {
    const said = uploads.flatMap((upload) => {
      const before = known.current.get(upload.id);
      return before === undefined || before === stateOf(upload) ? [] : (announced(upload) ?? []);
    });
    known.current = new Map(uploads.map((upload) => [upload.id, stateOf(upload)]));
    if (said.length > 0) setWords(said.join("\n"));
  }, [uploads]);
  return (
    <div className="visually-hidden" aria-live="polite">
      {words}
    </div>
  );
}

function stateOf({ status, retrying }: Upload): string {
  return retrying?.status === 0 ? "stalled" : status;
}

function announced(upload: Upload): string | undefined {
  const { file, status, retrying } = upload;
  const text = strings.files;
  if (status === "done") return text.announceDone(file.name);
  if (status === "failed") return text.announceFailed(file.name, whyFailed(upload));
  if (status === "paused") return text.announcePaused(file.name);
  return retrying?.status === 0 ? text.announceStalled(file.name) : undefined;
}
