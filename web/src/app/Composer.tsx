import {
  type ClipboardEvent,
  type KeyboardEvent,
  useEffect,
  useId,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import {
  type CachedMessage,
  keys,
  type LiveCache,
  type Restored,
  useAttaching,
  useConnection,
  useDraft,
  useLeft,
  useLive,
  useMessage,
} from "../cache";
import { bodyLength, isWrittenBy, MAX_BODY_CHARS } from "../client";
import { AttachButton } from "./files/AttachButton";
import { AttachmentTray } from "./files/AttachmentTray";
import { summaryOf } from "./files/summary";
import { pastedFiles } from "./files/transferred";
import { useAttach } from "./files/useAttach";
import { useFileDrop } from "./files/useFileDrop";
import { CheckIcon, CloseIcon, SendIcon } from "./Icons";
import { MentionList } from "./MentionList";
import type { Pace } from "./pace";
import { ScheduledNote } from "./ScheduledNote";
import { SendLater } from "./SendLater";
import { strings } from "./strings";
import { useMentionSuggestions } from "./useMentionSuggestions";
import { useSendLater } from "./useSendLater";

/** The character count appears near the limit. */
const SHOW_COUNT_FROM = MAX_BODY_CHARS - 400;

interface Props {
  id: string;
  /** First message of the thread that is written in; absent in the conversation itself. */
  parentId?: string;
  ids: string[] | undefined;
  editing: CachedMessage | undefined;
  onEdit: (message: CachedMessage | undefined) => void;
  /** The message that the next one quotes. */
  quoting: CachedMessage | undefined;
  onQuote: (message: CachedMessage | undefined) => void;
  /** What slow mode says, and whether the next message has to wait. */
  pace: Pace;
}

export function Composer({ id, parentId, ids, editing, onEdit, quoting, onQuote, pace }: Props) {
  const live = useLive();
  const { drafts } = live;
  const place = useMemo(() => ({ conversationId: id, parentId }), [id, parentId]);
  const draft = useDraft(id, parentId);
  const [text, setText] = useState(() => drafts.textOf(place));
  const [alsoInChannel, setAlsoInChannel] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const { attaching, uploads, interrupted, isHeld, sent } = useAttaching(place);
  const { attach, note } = useAttach(attaching);
  const countId = useId();
  const paceId = useId();
  const words = strings.composer;
  const isReply = parentId !== undefined;

  useEffect(() => {
    if (editing) {
      setText(editing.body ?? "");
      field.current?.focus();
    }
  }, [editing]);

  useEffect(() => {
    if (quoting) field.current?.focus();
  }, [quoting]);

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

  // It can be edited or deleted while the user writes.
  const quoted = useMessage(quoting?.id ?? "") ?? quoting;
  const length = bodyLength(text);
  const over = length - MAX_BODY_CHARS;
  const connection = useConnection(id);
  const isShut = connection === "forbidden" || connection === "signed-out";
  const { later, schedule, forget } = useSendLater(id, parentId);
  const hasFiles = uploads.length > 0 && !editing;
  const isWhole = (length > 0 || hasFiles) && over <= 0 && !isShut && later?.state !== "busy" && !isHeld;
  const isComplete = uploads.every(({ status }) => status !== "failed" && status !== "paused");
  const canSend = isWhole && (editing !== undefined || (!pace.isWaiting && isComplete));
  const cannotAttach = isShut || isHeld || editing !== undefined;
  const isDraggedOver = useFileDrop(form, cannotAttach, (files) => {
    attach(files);
    field.current?.focus();
  });

  // A scheduled message that the user edits: its text is in the draft.
  useLeft<Restored>(keys.restored(parentId ?? id), (restored) => {
    onEdit(undefined);
    setText(drafts.textOf(place));
    setAlsoInChannel(restored.alsoInChannel);
    field.current?.focus();
    if (restored.quoteId === null) return;
    void findQuoted(live, { id: restored.quoteId, conversation_id: id }, parentId).then(onQuote);
  });

  const stopEditing = () => {
    onEdit(undefined);
    setText(drafts.textOf(place));
  };

  const quoteId = quoted?.deleted_at ? undefined : quoted?.id;
  const clear = () => {
    setText("");
    setAlsoInChannel(false);
    onQuote(undefined);
  };

  // A message that waited for its files.
  const sentBefore = useRef(sent);
  useEffect(() => {
    if (sent === sentBefore.current) return;
    sentBefore.current = sent;
    if (!editing) setText("");
    setAlsoInChannel(false);
    onQuote(undefined);
  }, [sent, editing, onQuote]);

  const submit = () => {
    if (!canSend) return;
    if (editing) {
      if (text.trim() !== editing.body) void live.edit(editing, text);
      stopEditing();
    } else if (hasFiles) {
      attaching.hold({ text, quoteId, alsoInChannel });
    } else {
      live.send(id, text, parentId, { quoteId, alsoInChannel });
      clear();
    }
    field.current?.focus();
  };

  const sendLater = (at: Date) =>
    void schedule({ text, quoteId, alsoInChannel }, at, () => {
      clear();
      field.current?.focus();
    });

  const change = (value: string) => {
    setText(value);
    if (later?.state === "scheduled" || later?.state === "refused") forget();
    if (editing) return;
    drafts.write(place, value);
    live.typing(id, value.trim() !== "");
  };

  const editLast = () => {
    const last = ids?.findLast((known) => {
      const message = live.store.message(known);
      return message && !message.delivery && message.body !== null && isWrittenBy(message, live.me.user_id);
    });
    if (last) onEdit(live.store.message(last));
  };

  const suggestions = useMentionSuggestions(id, field, text, change);

  const keyDown = (event: KeyboardEvent) => {
    // Enter that confirms an IME candidate does not send.
    if (event.nativeEvent.isComposing || suggestions.keyDown(event)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      submit();
    } else if (event.key === "Escape" && (editing || isHeld || quoting)) {
      event.preventDefault();
      if (editing) stopEditing();
      else if (isHeld) attaching.release();
      else onQuote(undefined);
    } else if (event.key === "ArrowUp" && text === "" && !editing && !isHeld) {
      event.preventDefault();
      editLast();
    }
  };

  const paste = (event: ClipboardEvent) => {
    const files = pastedFiles(event.clipboardData);
    if (files.length === 0 || cannotAttach) return;
    event.preventDefault();
    attach(files);
  };

  return (
    <form
      ref={form}
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
      {quoted && !editing && (
        <div className="editing">
          <span className="quote">
            <span className="quote-sender">{strings.quotes.quoting(quoted.sender_name)}</span>
            <span className="quote-text">
              {quoted.body === null ? strings.quotes.deleted : summaryOf(live, id, quoted)}
            </span>
          </span>
          <button
            type="button"
            className="icon-button"
            onClick={() => onQuote(undefined)}
            aria-label={strings.quotes.remove}
          >
            <CloseIcon />
          </button>
        </div>
      )}
      {!editing && (
        <AttachmentTray
          attaching={attaching}
          uploads={uploads}
          interrupted={interrupted}
          isHeld={isHeld}
          note={note}
          cannotAttach={cannotAttach}
          onFiles={attach}
        />
      )}
      {isDraggedOver && <div className="drop-place">{strings.files.drop}</div>}
      <MentionList suggestions={suggestions} />
      {pace.note && !editing && (
        <p id={paceId} className="composer-note">
          {pace.note}
        </p>
      )}
      {!editing && <ScheduledNote conversationId={id} parentId={parentId} later={later} />}
      <div className="composer-line">
        {!editing && <AttachButton isDisabled={cannotAttach} onFiles={attach} />}
        <textarea
          ref={field}
          className="field"
          rows={1}
          value={text}
          onChange={(event) => change(event.target.value)}
          onKeyDown={keyDown}
          onPaste={paste}
          onSelect={suggestions.follow}
          onBlur={() => {
            live.typing(id, false);
            suggestions.close();
          }}
          placeholder={isReply ? strings.threads.placeholder : words.placeholder}
          aria-label={isReply ? strings.threads.write : words.label}
          aria-autocomplete="list"
          aria-controls={suggestions.listId}
          aria-activedescendant={suggestions.activeId}
          aria-describedby={pace.note && !editing ? `${paceId} ${countId}` : countId}
          aria-invalid={over > 0}
          disabled={isShut}
          readOnly={later?.state === "busy" || (isHeld && !editing)}
          enterKeyHint="send"
          autoComplete="off"
        />
        {!editing && (
          <SendLater
            isDisabled={!isWhole || hasFiles}
            label={hasFiles ? strings.files.notLater : undefined}
            onChoose={sendLater}
          />
        )}
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
      {isReply && !editing && (
        <label className="also-in-channel">
          <input type="checkbox" checked={alsoInChannel} onChange={(event) => setAlsoInChannel(event.target.checked)} />
          {strings.threads.also}
        </label>
      )}
      <p id={countId} className={`count${over > 0 ? " over" : ""}`} aria-live="polite">
        {length >= SHOW_COUNT_FROM && words.count(length, MAX_BODY_CHARS)}
        {over > 0 && ` · ${words.tooLong(over)}`}
      </p>
    </form>
  );
}

/** A message that a restored one quotes: of the thread, or of the conversation. None if it was deleted. */
async function findQuoted(
  { store, client }: LiveCache,
  quoted: Pick<CachedMessage, "id" | "conversation_id">,
  parentId: string | undefined,
): Promise<CachedMessage | undefined> {
  const known = store.message(quoted.id);
  if (known) return known;
  const inConversation = () => client.api.message({ ...quoted, thread_id: null });
  const found = parentId
    ? client.api.message({ ...quoted, thread_id: parentId }).catch(inConversation)
    : inConversation();
  return found.catch(() => undefined);
}
