import { useEffect, useRef, useState } from "react";
import { FileIcon } from "../Icons";

/** Side of the preview, pixels; more for fine screens. */
const SIDE = 96;
/** A larger picture has no preview: it would be decoded whole. */
const MOST_BYTES = 20_000_000;

/** A small picture of a chosen file, drawn here: the page's policy refuses addresses of local files. */
export function FilePreview({ file }: { file: File }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [isDrawn, setDrawn] = useState(false);
  useEffect(() => {
    if (!file.type.startsWith("image/") || file.size > MOST_BYTES) return;
    let isOver = false;
    createImageBitmap(file).then(
      (picture) => {
        const context = canvas.current?.getContext("2d");
        if (!isOver && context) {
          const scale = SIDE / Math.min(picture.width, picture.height);
          const [width, height] = [picture.width * scale, picture.height * scale];
          context.drawImage(picture, (SIDE - width) / 2, (SIDE - height) / 2, width, height);
          setDrawn(true);
        }
        picture.close();
      },
      () => {
        // A picture that the browser cannot read has an icon.
      },
    );
    return () => {
      isOver = true;
    };
  }, [file]);
  return (
    <span className="file-preview" aria-hidden="true">
      {!isDrawn && <FileIcon />}
      <canvas ref={canvas} width={SIDE} height={SIDE} hidden={!isDrawn} />
    </span>
  );
}
