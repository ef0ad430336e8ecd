import { useEffect } from "react";
import { usePanel } from "../../cache";
import { useIsCovered } from "../dialogs";
import { SearchIcon } from "../Icons";
import { strings } from "../strings";

/** Opens the search; so do Ctrl or Cmd with K, and a slash outside of a field. */
export function SearchEntry() {
  const [, show] = usePanel();
  const isCovered = useIsCovered();
  const text = strings.search;
  useEffect(() => {
    if (isCovered) return;
    const keyDown = (event: KeyboardEvent) => {
      if (event.isComposing || event.altKey || event.defaultPrevented) return;
      const isWithControl = (event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === "k";
      const isSlash = event.key === "/" && !event.ctrlKey && !event.metaKey && !isWriting(event.target);
      if (!isWithControl && !isSlash) return;
      event.preventDefault();
      show("search");
    };
    document.addEventListener("keydown", keyDown);
    return () => document.removeEventListener("keydown", keyDown);
  }, [isCovered, show]);
  return (
    <button
      type="button"
      className="search-entry"
      onClick={() => show("search")}
      aria-keyshortcuts="Control+K Meta+K /"
    >
      <SearchIcon />
      <span className="grow">{text.open}</span>
      <span className="shortcut" aria-hidden="true">
        {text.shortcut}
      </span>
    </button>
  );
}

/** Whether a key is a letter of a text there. */
function isWriting(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches("input, textarea, select"));
}
