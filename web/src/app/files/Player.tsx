import { type SyntheticEvent, useRef } from "react";
import { useLive } from "../../cache";
import type { Attachment } from "../../client";
import { DownloadIcon } from "../Icons";
import { strings } from "../strings";
import { download } from "./download";
import { kindOf, sizeOf } from "./fileWords";
import { boxOf } from "./Picture";
import { useFileAddress } from "./useFileAddress";
import { useNear } from "./useNear";

/** Audio or video with the browser's controls. */
export function Player({ file }: { file: Attachment }) {
  const live = useLive();
  const place = useRef<HTMLElement>(null);
  const isNear = useNear(place);
  const { address, hasFailed, onError, reload } = useFileAddress(file, isNear);
  /** Where it played when its address ended. */
  const played = useRef({ at: 0, isPlaying: false });
  const text = strings.files;
  const isVideo = kindOf(file) === "video";
  const failed = ({ currentTarget }: SyntheticEvent<HTMLMediaElement>) => {
    if (currentTarget.currentTime > 0) {
      played.current = { at: currentTarget.currentTime, isPlaying: !currentTarget.paused };
    }
    onError();
  };
  const ready = ({ currentTarget }: SyntheticEvent<HTMLMediaElement>) => {
    const { at, isPlaying } = played.current;
    played.current = { at: 0, isPlaying: false };
    if (at > 0) currentTarget.currentTime = at;
    if (isPlaying) void currentTarget.play().catch(() => {});
  };
  const media = {
    src: address,
    controls: true,
    preload: "metadata",
    onError: failed,
    onLoadedMetadata: ready,
  } as const;
  const box = boxOf(file);
  return (
    <figure className="player" ref={place}>
      {hasFailed ? (
        <p className="player-failed">
          {text.notLoaded}{" "}
          <button type="button" className="link-button" onClick={reload}>
            {text.reload}
          </button>
        </p>
      ) : isVideo ? (
        <video {...media} playsInline style={{ width: box.width, aspectRatio: box.ratio }} aria-label={file.name} />
      ) : (
        <audio {...media} aria-label={file.name} />
      )}
      <figcaption>
        <span className="file-name">{file.name}</span>
        <span className="file-facts">{sizeOf(file.size)}</span>
        <button
          type="button"
          className="icon-button"
          onClick={() => void download(live, file)}
          aria-label={text.downloadOf(file.name)}
          title={text.download}
        >
          <DownloadIcon />
        </button>
      </figcaption>
    </figure>
  );
}
