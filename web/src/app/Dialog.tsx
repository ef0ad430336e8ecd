import { type ReactNode, useEffect, useId, useRef } from "react";
import { Surface } from "./dialogs";
import { CloseIcon } from "./Icons";

interface Props {
  title: string;
  /** Label of the close button. */
  close: string;
  onClose: () => void;
  /** Beside the close button. */
  actions?: ReactNode;
  children: ReactNode;
}

/** Dialog over the page's content, closed by its button, by Escape, or when a link in the alert bar opens another page. */
export function Dialog({ title, close, onClose, actions, children }: Props) {
  const titleId = useId();
  const onLeave = useRef(onClose);
  onLeave.current = onClose;
  useEffect(() => {
    const leave = () => onLeave.current();
    window.addEventListener("hashchange", leave);
    return () => window.removeEventListener("hashchange", leave);
  }, []);
  return (
    <Surface className="dialog" titleId={titleId} onEscape={onClose}>
      <div className="dialog-header">
        <h2 id={titleId}>{title}</h2>
        <span className="grow" />
        {actions}
        <button type="button" className="icon-button" onClick={onClose} aria-label={close}>
          <CloseIcon />
        </button>
      </div>
      {children}
    </Surface>
  );
}
