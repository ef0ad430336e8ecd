import { type FormEvent, useState } from "react";
import { type CachedMessage, useLive } from "../cache";
import { strings } from "./strings";

const QUICK = ["\u{1F44D}", "\u2764\uFE0F", "\u{1F602}", "\u{1F389}", "\u{1F62E}", "\u{1F622}"];

/** The reactions on a message; each button adds or takes back the user's own. */
export function Reactions({ message }: { message: CachedMessage }) {
  const live = useLive();
  const { reactions = [] } = message;
  if (reactions.length === 0) return null;
  return (
    <ul className="reactions" aria-label={strings.reactions.label}>
      {reactions.map(({ emoji, count, me }) => (
        <li key={emoji}>
          <button
            type="button"
            className="reaction"
            aria-pressed={me}
            aria-label={strings.reactions.people(emoji, count)}
            onClick={() => void live.react(message, emoji, !me)}
          >
            <span aria-hidden="true">{emoji}</span> {count}
          </button>
        </li>
      ))}
    </ul>
  );
}

/** Common emoji, and a field for any other. */
export function ReactionPicker({ message, onDone }: { message: CachedMessage; onDone: () => void }) {
  const live = useLive();
  const [other, setOther] = useState("");
  const text = strings.reactions;
  const react = (emoji: string) => {
    onDone();
    void live.react(message, emoji, true);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (other.trim() !== "") react(other.trim());
  };
  return (
    <>
      {QUICK.map((emoji, index) => (
        <button
          key={emoji}
          type="button"
          className="reaction"
          // biome-ignore lint/a11y/noAutofocus: it stands where the button was that opened it
          autoFocus={index === 0}
          aria-label={text.reactWith(emoji)}
          onClick={() => react(emoji)}
        >
          {emoji}
        </button>
      ))}
      <form onSubmit={submit}>
        <input
          className="reaction-input"
          value={other}
          onChange={(event) => setOther(event.target.value)}
          placeholder={text.other}
          aria-label={text.other}
          size={4}
        />
      </form>
    </>
  );
}
