import { type KeyboardEvent, type ReactNode, useEffect, useId, useLayoutEffect, useRef, useState } from "react";

interface Props {
  /** Of the button. */
  label: string;
  icon: ReactNode;
  /** Classes of the button. */
  className: string;
  isDisabled?: boolean;
  /** The content; it is mounted while the popover is open. */
  children: (close: () => void) => ReactNode;
}

/** Space below the button that a menu needs, pixels. */
const ROOM_PX = 320;
/** Distance from the edges of the screen or of the list of messages, pixels. */
const MARGIN_PX = 8;

/** A button, and a list of controls that it opens. Escape and a press elsewhere close it; arrow keys move between the controls. */
export function Popover({ label, icon, className, isDisabled = false, children }: Props) {
  const [opens, setOpens] = useState<"up" | "down">();
  const place = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const panel = useRef<HTMLDivElement>(null);
  const panelId = useId();
  const isOpen = opens !== undefined;

  const close = () => {
    setOpens(undefined);
    // A dialog that a control opens gives the focus back to the button.
    button.current?.focus({ preventScroll: true });
  };

  useEffect(() => {
    if (!isOpen) return;
    panel.current?.querySelector<HTMLElement>("button, input")?.focus({ preventScroll: true });
    const leave = ({ target }: Event) => {
      if (target instanceof Node && target.isConnected && !place.current?.contains(target)) setOpens(undefined);
    };
    document.addEventListener("pointerdown", leave);
    document.addEventListener("focusin", leave);
    return () => {
      document.removeEventListener("pointerdown", leave);
      document.removeEventListener("focusin", leave);
    };
  }, [isOpen]);

  // Its width changes with its content.
  useLayoutEffect(() => {
    const element = panel.current;
    if (!isOpen || !element) return;
    const observer = new ResizeObserver(() => keepInside(element));
    observer.observe(element);
    keepInside(element);
    return () => observer.disconnect();
  }, [isOpen]);

  const toggle = () => {
    if (isOpen) return close();
    const { top, bottom } = button.current?.getBoundingClientRect() ?? { top: 0, bottom: 0 };
    const below = window.innerHeight - bottom;
    setOpens(below < ROOM_PX && top > below ? "up" : "down");
  };

  const keyDown = (event: KeyboardEvent) => {
    if (!isOpen || event.nativeEvent.isComposing) return;
    if (event.key === "Escape") {
      event.stopPropagation();
      return close();
    }
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const controls = [...(panel.current?.querySelectorAll<HTMLElement>("button, input") ?? [])];
    const at = controls.indexOf(document.activeElement as HTMLElement);
    controls.at((at + step) % controls.length)?.focus();
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys act on what its button opened
    <div ref={place} className="popover-place" onKeyDown={keyDown}>
      <button
        ref={button}
        type="button"
        className={className}
        disabled={isDisabled}
        onClick={toggle}
        aria-label={label}
        aria-expanded={isOpen}
        aria-controls={isOpen ? panelId : undefined}
      >
        {icon}
      </button>
      {isOpen && (
        // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms
        <div ref={panel} id={panelId} className={`popover popover-${opens}`} role="group" aria-label={label}>
          {children(close)}
        </div>
      )}
    </div>
  );
}

/** Moves the panel to the left as far as it would be cut off at the right. */
function keepInside(panel: HTMLElement): void {
  panel.style.left = "0";
  const edge = panel.closest(".messages")?.getBoundingClientRect().right ?? window.innerWidth;
  const over = panel.getBoundingClientRect().right - (edge - MARGIN_PX);
  if (over > 0) panel.style.left = `${-over}px`;
}

interface ItemProps {
  children: ReactNode;
  isDanger?: boolean;
  onClick: () => void;
}

export function MenuItem({ children, isDanger = false, onClick }: ItemProps) {
  return (
    <button type="button" className={`menu-item${isDanger ? " menu-danger" : ""}`} onClick={onClick}>
      {children}
    </button>
  );
}
