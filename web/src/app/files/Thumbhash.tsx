import { useEffect, useRef } from "react";
import { decodeThumbhash } from "./decodeThumbhash";

/** What a picture looks like from afar, until it is loaded. */
export function Thumbhash({ hash }: { hash: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const pixels = decodeThumbhash(hash);
    const element = canvas.current;
    if (!pixels || !element) return;
    element.width = pixels.width;
    element.height = pixels.height;
    element.getContext("2d")?.putImageData(new ImageData(pixels.rgba, pixels.width, pixels.height), 0, 0);
  }, [hash]);
  return (
    <span className="thumbhash" aria-hidden="true">
      <canvas ref={canvas} width={1} height={1} />
    </span>
  );
}
