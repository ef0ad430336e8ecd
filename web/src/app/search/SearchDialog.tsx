import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import type { HitsOf } from "../../client";
import { Surface } from "../dialogs";
import { CloseIcon, SearchIcon } from "../Icons";
import { strings } from "../strings";
import { MessageHits } from "./MessageHits";
import { PeopleHits } from "./PeopleHits";
import { RoomHits } from "./RoomHits";
import { SearchFilters } from "./SearchFilters";
import { useSearched } from "./searched";

/** The search begins this long after the last key, milliseconds. */
const AFTER_MS = 250;
const KINDS: (keyof HitsOf)[] = ["messages", "people", "rooms"];

/** Search of messages, people and rooms as the user types. Arrow keys lead from the field through the hits. */
export function SearchDialog({ onClose }: { onClose: () => void }) {
  const titleId = useId();
  const panelId = useId();
  const field = useRef<HTMLInputElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const { searched, change } = useSearched();
  const [text, setText] = useState(searched.q);
  const words = strings.search;

  useEffect(() => {
    if (text === searched.q) return;
    const timer = setTimeout(() => change({ q: text }), AFTER_MS);
    return () => clearTimeout(timer);
  }, [text, searched.q, change]);

  useEffect(() => field.current?.select(), []);

  const insert = (operator: string) => {
    const before = text === "" || text.endsWith(" ") ? text : `${text} `;
    setText(before + operator);
    field.current?.focus();
  };

  const keyDown = (event: KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step === 0 || event.nativeEvent.isComposing) return;
    const hits = [...(content.current?.querySelectorAll<HTMLElement>(".hit") ?? [])];
    const stops: (HTMLElement | null)[] = [field.current, ...hits];
    const at = stops.indexOf(document.activeElement as HTMLElement);
    if (at === -1) return;
    event.preventDefault();
    stops[Math.max(0, Math.min(stops.length - 1, at + step))]?.focus();
  };

  const { type, ...query } = searched;
  const Hits = type === "messages" ? MessageHits : type === "people" ? PeopleHits : RoomHits;
  return (
    <Surface className="dialog search-dialog" titleId={titleId} onEscape={onClose}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: keys of the whole dialog */}
      <div className="search-content" ref={content} onKeyDown={keyDown}>
        <h2 id={titleId} className="visually-hidden">
          {words.title}
        </h2>
        <search>
          <form
            className="search-line"
            onSubmit={(event) => {
              event.preventDefault();
              change({ q: text });
            }}
          >
            <SearchIcon />
            <input
              ref={field}
              type="search"
              className="field"
              value={text}
              onChange={({ target }) => setText(target.value)}
              placeholder={words.placeholder}
              aria-label={words.field}
              aria-controls={panelId}
              maxLength={1_000}
              enterKeyHint="search"
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
            />
            <button type="button" className="icon-button" onClick={onClose} aria-label={words.close}>
              <CloseIcon />
            </button>
          </form>
        </search>
        {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms */}
        <div className="search-kinds" role="group" aria-label={words.kinds}>
          {KINDS.map((kind) => (
            <button key={kind} type="button" aria-pressed={kind === type} onClick={() => change({ type: kind })}>
              {words[kind]}
            </button>
          ))}
        </div>
        {type === "messages" && <SearchFilters />}
        <div id={panelId} className="search-hits">
          <Hits query={query} onClose={onClose} onInsert={insert} />
        </div>
      </div>
    </Surface>
  );
}
