import { type CSSProperties, useRef, useState } from "react";
import type { Attachment } from "../../client";
import { ReloadIcon } from "../Icons";
import { strings } from "../strings";
import { Thumbhash } from "./Thumbhash";
import { useFileAddress } from "./useFileAddress";
import { useNear } from "./useNear";

/** Longest side of a picture in a message, and what is assumed of one without known size; CSS pixels. */
const SIDE = 320;
const UNKNOWN = { width: 240, height: 180 };
/** A longer or a higher picture is cut. */
const MOST_RATIO = 3;

/** The box of a picture: known before it is loaded, so that nothing moves then. */
export function boxOf({ width, height }: Pick<Attachment, "width" | "height">): { width: number; ratio: number } {
  const known = width && height ? { width, height } : UNKNOWN;
  const ratio = Math.min(MOST_RATIO, Math.max(1 / MOST_RATIO, known.width / known.height));
  const longest = Math.min(SIDE, Math.max(known.width, known.height, SIDE / 4));
  return { width: Math.round(ratio >= 1 ? longest : longest * ratio), ratio };
}

/** The smallest variant that fills a number of CSS pixels; none if that is the original, as of what may move. */
export function variantFor(
  { type, variants }: Pick<Attachment, "type" | "variants">,
  pixels: number,
): string | undefined {
  if (type === "image/gif") return undefined;
  const wanted = pixels * (globalThis.devicePixelRatio || 1);
  const bySize = [...variants].sort((a, b) => a.width - b.width);
  const large = bySize.find(({ width, height }) => Math.max(width, height) >= wanted);
  return (large ?? bySize.at(-1))?.name;
}

interface Props {
  file: Attachment;
  /** Whether it is one of several, which are squares. */
  isTile: boolean;
  onOpen: () => void;
}

/** A picture in a message; it opens the viewer. */
export function Picture({ file, isTile, onOpen }: Props) {
  const place = useRef<HTMLButtonElement>(null);
  const isNear = useNear(place);
  const { address, hasFailed, onError, reload } = useFileAddress(
    file,
    isNear,
    variantFor(file, isTile ? SIDE / 2 : SIDE),
  );
  const [isLoaded, setLoaded] = useState(false);
  const text = strings.files;
  const { width, ratio } = boxOf(file);
  const box: CSSProperties = isTile ? {} : { width, aspectRatio: ratio };
  return (
    <button
      ref={place}
      type="button"
      className="picture"
      style={box}
      onClick={hasFailed ? reload : onOpen}
      aria-label={hasFailed ? `${text.notLoaded} ${text.reload}: ${file.name}` : text.open(file.name)}
    >
      {file.thumbhash && !isLoaded && <Thumbhash hash={file.thumbhash} />}
      {hasFailed ? (
        <span className="picture-failed">
          <ReloadIcon />
        </span>
      ) : (
        address && (
          <img
            src={address}
            alt=""
            onLoad={() => setLoaded(true)}
            onError={onError}
            decoding="async"
            draggable={false}
          />
        )
      )}
    </button>
  );
}
