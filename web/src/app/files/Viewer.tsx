import { type KeyboardEvent, type PointerEvent, useEffect, useId, useRef, useState } from "react";
import { useLive } from "../../cache";
import type { Attachment } from "../../client";
import { Surface } from "../dialogs";
import { BackIcon, CloseIcon, DownloadIcon, ForwardIcon, ZoomInIcon, ZoomOutIcon } from "../Icons";
import { strings } from "../strings";
import { download } from "./download";
import { sizeOf } from "./fileWords";
import { variantFor } from "./Picture";
import { useFileAddress } from "./useFileAddress";

/** A swipe is at least this long, pixels. */
const SWIPE_PX = 60;

interface Props {
  pictures: Attachment[];
  /** Id of the picture that is shown first. */
  openAt: string;
  onClose: () => void;
}

/** A picture over the page's content. Arrow keys and swipes lead to the others, Escape closes it. */
export function Viewer({ pictures, openAt, onClose }: Props) {
  const live = useLive();
  const titleId = useId();
  const [at, setAt] = useState(() =>
    Math.max(
      0,
      pictures.findIndex(({ id }) => id === openAt),
    ),
  );
  const [isZoomed, setZoomed] = useState(false);
  const pressedAt = useRef<number>(undefined);
  const onLeave = useRef(onClose);
  onLeave.current = onClose;
  useEffect(() => {
    const leave = () => onLeave.current();
    window.addEventListener("hashchange", leave);
    return () => window.removeEventListener("hashchange", leave);
  }, []);
  const file = pictures[at];
  const text = strings.files;
  if (!file) return null;

  const go = (step: number) => {
    const next = at + step;
    if (next < 0 || next >= pictures.length) return;
    setAt(next);
    setZoomed(false);
  };
  const keyDown = (event: KeyboardEvent) => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step === 0 || isZoomed) return;
    event.preventDefault();
    go(step);
  };
  const released = ({ clientX, pointerType }: PointerEvent) => {
    const moved = clientX - (pressedAt.current ?? clientX);
    pressedAt.current = undefined;
    if (pointerType === "touch" && !isZoomed && Math.abs(moved) >= SWIPE_PX) go(moved < 0 ? 1 : -1);
  };
  const zoomWords = isZoomed ? text.zoomOut : text.zoomIn;
  return (
    <Surface className="dialog viewer" titleId={titleId} onEscape={onClose}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: keys of the whole dialog */}
      <div className="viewer-content" onKeyDown={keyDown}>
        <div className="viewer-header">
          <div className="viewer-names">
            <h2 id={titleId}>{file.name}</h2>
            <p role="status">
              {pictures.length > 1 && `${text.place(at + 1, pictures.length)} · `}
              {sizeOf(file.size)}
            </p>
          </div>
          <button
            type="button"
            className="icon-button"
            onClick={() => setZoomed(!isZoomed)}
            aria-label={zoomWords}
            title={zoomWords}
          >
            {isZoomed ? <ZoomOutIcon /> : <ZoomInIcon />}
          </button>
          <button
            type="button"
            className="icon-button"
            onClick={() => void download(live, file)}
            aria-label={text.downloadOf(file.name)}
            title={text.download}
          >
            <DownloadIcon />
          </button>
          <button type="button" className="icon-button" onClick={onClose} aria-label={text.close}>
            <CloseIcon />
          </button>
        </div>
        <div
          className={isZoomed ? "viewer-stage zoomed" : "viewer-stage"}
          onPointerDown={({ clientX }) => {
            pressedAt.current = clientX;
          }}
          onPointerUp={released}
          // A scrollable part has to be reached by keyboard.
          tabIndex={isZoomed ? 0 : undefined}
        >
          <Shown key={file.id} file={file} isZoomed={isZoomed} onZoom={() => setZoomed(!isZoomed)} />
        </div>
        {pictures.length > 1 && (
          <>
            <button
              type="button"
              className="icon-button viewer-step viewer-previous"
              disabled={at === 0}
              onClick={() => go(-1)}
              aria-label={text.previous}
            >
              <BackIcon />
            </button>
            <button
              type="button"
              className="icon-button viewer-step viewer-next"
              disabled={at === pictures.length - 1}
              onClick={() => go(1)}
              aria-label={text.next}
            >
              <ForwardIcon />
            </button>
          </>
        )}
      </div>
    </Surface>
  );
}

/** The original once it is zoomed, before that a variant that fills the screen. */
function Shown({ file, isZoomed, onZoom }: { file: Attachment; isZoomed: boolean; onZoom: () => void }) {
  const variant = isZoomed ? undefined : variantFor(file, Math.max(window.innerWidth, window.innerHeight));
  const { address, hasFailed, onError, reload } = useFileAddress(file, true, variant);
  const text = strings.files;
  if (hasFailed) {
    return (
      <p role="alert">
        {text.notLoaded}{" "}
        <button type="button" className="link-button" onClick={reload}>
          {text.reload}
        </button>
      </p>
    );
  }
  if (!address) return <p role="status">{text.loading}</p>;
  const { width, height } = file;
  return (
    <img
      src={address}
      alt={file.name}
      {...(width && height ? { width, height } : {})}
      onError={onError}
      onDoubleClick={onZoom}
      draggable={false}
    />
  );
}
