import {
  createContext,
  type ReactNode,
  useContext,
  useEffect,
  useId,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { createPortal } from "react-dom";

interface Dialogs {
  /** Where dialogs are rendered: above the page's content, below the alert bar. */
  place: HTMLElement | null;
  setPlace: (place: HTMLElement | null) => void;
  /** Ids of the open dialogs; the last is on top and the only one that can be used. */
  openIds: string[];
  enter: (id: string) => void;
  /** The focus goes back to `focused` when the page can be used again. */
  leave: (id: string, focused: Element | null) => void;
}

const DialogsContext = createContext<Dialogs | undefined>(undefined);

function useDialogs(): Dialogs {
  const dialogs = useContext(DialogsContext);
  if (!dialogs) throw new Error("used outside of a DialogsProvider");
  return dialogs;
}

/**
 * Dialogs that cover the page's content, but not the alert bar. The browser's modal dialogs would make the panic button and the
 * alert banner inert and take them out of the accessibility tree.
 */
export function DialogsProvider({ children }: { children: ReactNode }) {
  const [place, setPlace] = useState<HTMLElement | null>(null);
  const [openIds, setOpenIds] = useState<string[]>([]);
  const returnTo = useRef<Element | null>(null);
  const dialogs = useMemo<Dialogs>(
    () => ({
      place,
      setPlace,
      openIds,
      enter: (id) => setOpenIds((open) => [...open, id]),
      leave: (id, focused) => {
        returnTo.current = focused;
        setOpenIds((open) => open.filter((known) => known !== id));
      },
    }),
    [place, openIds],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs when a dialog has closed and what it covered is usable again
  useEffect(() => {
    const element = returnTo.current;
    returnTo.current = null;
    const isLost = document.activeElement === null || document.activeElement === document.body;
    if (isLost && element instanceof HTMLElement) element.focus({ preventScroll: true });
  }, [openIds]);
  return <DialogsContext value={dialogs}>{children}</DialogsContext>;
}

/** Whether a dialog covers the page's content, which is then inert. */
export function useIsCovered(): boolean {
  return useDialogs().openIds.length > 0;
}

/** The page below the alert bar, and the dialogs above it. */
export function PageContent({ children }: { children: ReactNode }) {
  const { setPlace, openIds } = useDialogs();
  return (
    <>
      <div className="page-content" inert={openIds.length > 0}>
        {children}
      </div>
      <div className="dialog-layer" ref={setPlace} />
    </>
  );
}

interface Props {
  className: string;
  titleId: string;
  explanationId?: string;
  /** Escape. */
  onEscape: () => void;
  children: ReactNode;
}

/** A dialog that takes the focus and gives it back. */
export function Surface({ className, titleId, explanationId, onEscape, children }: Props) {
  const { place, openIds, enter, leave } = useDialogs();
  const id = useId();
  const element = useRef<HTMLDialogElement>(null);
  const calls = useRef({ enter, leave, onEscape });
  useLayoutEffect(() => {
    calls.current = { enter, leave, onEscape };
  });
  useEffect(() => {
    const focused = document.activeElement;
    calls.current.enter(id);
    element.current?.querySelector<HTMLElement>("button, input")?.focus();
    return () => calls.current.leave(id, focused);
  }, [id]);
  const isTop = openIds.at(-1) === id;
  useEffect(() => {
    if (!isTop) return;
    const keyDown = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || event.isComposing) return;
      event.preventDefault();
      calls.current.onEscape();
    };
    document.addEventListener("keydown", keyDown);
    return () => document.removeEventListener("keydown", keyDown);
  }, [isTop]);
  if (!place) return null;
  return createPortal(
    <dialog
      ref={element}
      open
      className={className}
      inert={openIds.includes(id) && !isTop}
      aria-labelledby={titleId}
      aria-describedby={explanationId}
    >
      {children}
    </dialog>,
    place,
  );
}
