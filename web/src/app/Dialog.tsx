import { type ReactNode, useEffect, useId, useRef } from "react";
import { CloseIcon } from "./Icons";

interface Props {
  title: string;
  /** Label of the close button. */
  close: string;
  onClose: () => void;
  children: ReactNode;
}

/** Modal dialog, closed by its button or by Escape. */
export function Dialog({ title, close, onClose, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby={titleId} onClose={onClose}>
      <header className="dialog-header">
        <h2 id={titleId}>{title}</h2>
        <button type="button" className="icon-button" onClick={() => dialog.current?.close()} aria-label={close}>
          <CloseIcon />
        </button>
      </header>
      {children}
    </dialog>
  );
}
