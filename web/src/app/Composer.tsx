import { type KeyboardEvent, useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from "react";
import { type CachedMessage, useConnection, useDraft, useLive } from "../cache";
import { bodyLength, MAX_BODY_CHARS } from "../client";
import { CheckIcon, CloseIcon, SendIcon } from "./Icons";
import type { Pace } from "./pace";
import { strings } from "./strings";

/** The character count appears near the limit. */
const SHOW_COUNT_FROM = MAX_BODY_CHARS - 400;

interface Props {
  id: string;
  /** First message of the thread that is written in; absent in the conversation itself. */
  parentId?: string;
  ids: string[] | undefined;
  editing: CachedMessage | undefined;
  onEdit: (message: CachedMessage | undefined) => void;
  /** What slow mode says, and whether the next message has to wait. */
  pace: Pace;
}

export function Composer({ id, parentId, ids, editing, onEdit, pace }: Props) {
  const live = useLive();
  const { drafts } = live;
  const place = useMemo(() => ({ conversationId: id, parentId }), [id, parentId]);
  const draft = useDraft(id, parentId);
  const [text, setText] = useState(() => drafts.textOf(place));
  const field = useRef<HTMLTextAreaElement>(null);
  const countId = useId();
  const paceId = useId();
  const words = strings.composer;

  useEffect(() => {
    if (editing) {
      setText(editing.body ?? "");
      field.current?.focus();
    }
  }, [editing]);

  // Another device's draft is shown unless the user is typing here.
  useEffect(() => {
    if (!editing && !drafts.hasUnsaved(place)) setText(draft?.body ?? "");
  }, [drafts, place, draft, editing]);

  useEffect(() => {
    drafts.open(place).catch(() => {
      // The text is saved anyway once the server answers.
    });
    const leave = () => drafts.leave(place);
    window.addEventListener("pagehide", leave);
    return () => {
      window.removeEventListener("pagehide", leave);
      leave();
    };
  }, [drafts, place]);

  // Grows with its text up to the CSS maximum.
  useLayoutEffect(() => {
    const element = field.current;
    if (!element) return;
    element.style.height = "auto";
    element.style.height = `${element.scrollHeight}px`;
    if (text === "") element.style.height = "";
  }, [text]);

  useEffect(() => {
    // The user continues a restored draft at its end.
    const end = field.current?.value.length ?? 0;
    field.current?.setSelectionRange(end, end);
    // On a phone, focus would open the keyboard.
    if (window.matchMedia("(hover: hover) and (min-width: 720px)").matches) field.current?.focus();
  }, []);

  const length = bodyLength(text);
  const over = length - MAX_BODY_CHARS;
  const connection = useConnection(id);
  const isShut = connection === "forbidden" || connection === "signed-out";
  const canSend = length > 0 && over <= 0 && !isShut && (editing !== undefined || !pace.isWaiting);

  const stopEditing = () => {
    onEdit(undefined);
    setText(drafts.textOf(place));
  };

  const submit = () => {
    if (!canSend) return;
    if (editing) {
      if (text.trim() !== editing.body) void live.edit(editing, text);
      stopEditing();
    } else {
      live.send(id, text, parentId);
      setText("");
    }
    field.current?.focus();
  };

  const change = (value: string) => {
    setText(value);
    if (editing) return;
    drafts.write(place, value);
    live.typing(id, value.trim() !== "");
  };

  const editLast = () => {
    const last = ids?.findLast((known) => {
      const message = live.store.message(known);
      return message && !message.delivery && message.body !== null && message.sender_id === live.me.user_id;
    });
    if (last) onEdit(live.store.message(last));
  };

  const keyDown = (event: KeyboardEvent) => {
    // Enter that confirms an IME candidate does not send.
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      submit();
    } else if (event.key === "Escape" && editing) {
      stopEditing();
    } else if (event.key === "ArrowUp" && text === "" && !editing) {
      event.preventDefault();
      editLast();
    }
  };

  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      {editing && (
        <div className="editing">
          <span>{words.editing}</span>
          <button type="button" className="icon-button" onClick={stopEditing} aria-label={words.cancel}>
            <CloseIcon />
          </button>
        </div>
      )}
      {pace.note && !editing && (
        <p id={paceId} className="composer-note">
          {pace.note}
        </p>
      )}
      <div className="composer-line">
        <textarea
          ref={field}
          className="field"
          rows={1}
          value={text}
          onChange={(event) => change(event.target.value)}
          onKeyDown={keyDown}
          onBlur={() => live.typing(id, false)}
          placeholder={words.placeholder}
          aria-label={words.label}
          aria-describedby={pace.note && !editing ? `${paceId} ${countId}` : countId}
          aria-invalid={over > 0}
          disabled={isShut}
          enterKeyHint="send"
          autoComplete="off"
        />
        <button
          type="submit"
          className="send"
          disabled={!canSend}
          aria-label={editing ? words.save : words.send}
          // Keeps the keyboard up on a phone.
          onPointerDown={(event) => event.preventDefault()}
        >
          {editing ? <CheckIcon /> : <SendIcon />}
        </button>
      </div>
      <p id={countId} className={`count${over > 0 ? " over" : ""}`} aria-live="polite">
        {length >= SHOW_COUNT_FROM && words.count(length, MAX_BODY_CHARS)}
        {over > 0 && ` · ${words.tooLong(over)}`}
      </p>
    </form>
  );
}
