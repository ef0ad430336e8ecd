import { type RefObject, useEffect, useRef, useState } from "react";
import { droppedFiles, hasFiles } from "./transferred";

/**
 * Takes files that are dropped anywhere on the pane around an element. Returns whether files are dragged over it. A drop elsewhere does nothing:
 * the browser would leave the page for the file.
 */
export function useFileDrop(inside: RefObject<HTMLElement | null>, isShut: boolean, onFiles: (files: File[]) => void) {
  const [isOver, setOver] = useState(false);
  const call = useRef({ isShut, onFiles });
  call.current = { isShut, onFiles };
  useEffect(() => {
    const pane = inside.current?.closest<HTMLElement>("main, aside");
    if (!pane) return;
    // Each element below reports that it is entered and left.
    let depth = 0;
    const enter = (event: DragEvent) => {
      if (!hasFiles(event.dataTransfer)) return;
      depth += 1;
      setOver(!call.current.isShut);
    };
    const leave = (event: DragEvent) => {
      if (!hasFiles(event.dataTransfer)) return;
      depth = Math.max(0, depth - 1);
      if (depth === 0) setOver(false);
    };
    const drop = (event: DragEvent) => {
      depth = 0;
      setOver(false);
      if (hasFiles(event.dataTransfer) && !call.current.isShut) call.current.onFiles(droppedFiles(event.dataTransfer));
    };
    const refuse = (event: DragEvent) => {
      if (hasFiles(event.dataTransfer)) event.preventDefault();
    };
    pane.addEventListener("dragenter", enter);
    pane.addEventListener("dragleave", leave);
    pane.addEventListener("drop", drop);
    window.addEventListener("dragover", refuse);
    window.addEventListener("drop", refuse);
    return () => {
      pane.removeEventListener("dragenter", enter);
      pane.removeEventListener("dragleave", leave);
      pane.removeEventListener("drop", drop);
      window.removeEventListener("dragover", refuse);
      window.removeEventListener("drop", refuse);
    };
  }, [inside]);
  return isOver;
}
