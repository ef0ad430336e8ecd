import { type KeyboardEvent, type RefObject, useId, useLayoutEffect, useRef, useState } from "react";
import { useConversation, useLive, useMentionable } from "../cache";
import { allMentions, mentionOf, typedMention } from "./mentions";
import { mayMentionAll, useStanding } from "./moderation";

/** Most members that are suggested. */
const MAX_SHOWN = 8;

/** A person, or all members by `here` or `room`. */
export type Suggestion = { user_id: string; name: string } | { word: "here" | "room" };

export interface Suggestions {
  shown: Suggestion[];
  /** Index of the chosen one. */
  active: number;
  /** Id of the listbox; absent while nothing is suggested. */
  listId: string | undefined;
  /** Id of the chosen option. */
  activeId: string | undefined;
  optionId: (index: number) => string;
  pick: (suggestion: Suggestion) => void;
  /** Handles a key. Returns whether it was for the suggestions. */
  keyDown: (event: KeyboardEvent) => boolean;
  /** The caret has moved. */
  follow: () => void;
  close: () => void;
}

/** Suggests members, and to moderators all of them, for the letters after an @ in front of the caret of a field. */
export function useMentionSuggestions(
  conversationId: string,
  field: RefObject<HTMLTextAreaElement | null>,
  text: string,
  onChange: (text: string) => void,
): Suggestions {
  const { me } = useLive();
  const conversation = useConversation(conversationId);
  const standing = useStanding({ role: conversation?.role ?? null });
  const id = useId();
  const [caret, setCaret] = useState<number>();
  const [choice, setChoice] = useState({ q: "", index: 0 });
  /** Where the user has closed the suggestions. */
  const [closedAt, setClosedAt] = useState<number>();
  const caretAfter = useRef<number>(undefined);

  useLayoutEffect(() => {
    const at = caretAfter.current;
    caretAfter.current = undefined;
    if (at !== undefined && text !== "") field.current?.setSelectionRange(at, at);
  }, [field, text]);

  const typed = caret === undefined ? undefined : typedMention(text, caret);
  const isOpen = typed !== undefined && typed.start !== closedAt;
  const found = useMentionable(conversationId, isOpen ? typed.q : "") ?? [];
  const others = found.filter(({ user_id }) => user_id !== me.user_id);
  const mayAll = mayMentionAll(standing, conversation);
  const words = isOpen && mayAll ? allMentions(typed.q).map((word) => ({ word })) : [];
  const suggested: Suggestion[] = [...words, ...others].slice(0, MAX_SHOWN);
  const isShown = isOpen && suggested.length > 0;
  const active = isShown && choice.q === typed.q ? Math.min(choice.index, suggested.length - 1) : 0;
  const optionId = (index: number) => `${id}-${index}`;

  const pick = (suggestion: Suggestion) => {
    if (!typed) return;
    const mention = `${"word" in suggestion ? `@${suggestion.word}` : mentionOf(suggestion, found)} `;
    const end = typed.start + 1 + typed.q.length;
    const after = text.slice(end).replace(/^ /, "");
    caretAfter.current = typed.start + mention.length;
    onChange(text.slice(0, typed.start) + mention + after);
    setCaret(undefined);
    field.current?.focus();
  };

  const keyDown = (event: KeyboardEvent): boolean => {
    if (!isShown) return false;
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    const suggestion = suggested[active];
    const isPick = (event.key === "Enter" && !event.shiftKey) || (event.key === "Tab" && !event.shiftKey);
    if (step !== 0) setChoice({ q: typed.q, index: (active + step + suggested.length) % suggested.length });
    else if (isPick && suggestion) pick(suggestion);
    else if (event.key === "Escape") setClosedAt(typed.start);
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  };

  return {
    shown: isShown ? suggested : [],
    active,
    listId: isShown ? id : undefined,
    activeId: isShown ? optionId(active) : undefined,
    optionId,
    pick,
    keyDown,
    follow: () => {
      const element = field.current;
      const at = element && element.selectionStart === element.selectionEnd ? element.selectionStart : undefined;
      setCaret(at);
      // Another mention may be suggested again.
      if (at === undefined || typedMention(element?.value ?? "", at)?.start !== closedAt) setClosedAt(undefined);
    },
    close: () => setCaret(undefined),
  };
}
