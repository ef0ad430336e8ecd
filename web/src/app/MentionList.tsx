import { Avatar } from "./Avatar";
import { strings } from "./strings";
import type { Suggestions } from "./useMentionSuggestions";

/** Who may be meant, above the field whose keys choose one. */
export function MentionList({ suggestions }: { suggestions: Suggestions }) {
  const { shown, active, listId, optionId, pick } = suggestions;
  const text = strings.mentions;
  return (
    <div className="mention-place">
      <span className="visually-hidden" role="status">
        {shown.length > 0 && text.found(shown.length)}
      </span>
      {shown.length > 0 && (
        <div className="mention-list" role="listbox" id={listId} aria-label={text.label}>
          {shown.map((suggestion, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the focus, and its keys choose
            <div
              key={"word" in suggestion ? `@${suggestion.word}` : suggestion.user_id}
              id={optionId(index)}
              role="option"
              tabIndex={-1}
              aria-selected={index === active}
              // The field keeps the focus.
              onPointerDown={(event) => event.preventDefault()}
              onClick={() => pick(suggestion)}
            >
              {"word" in suggestion ? (
                <>
                  <span className="avatar avatar-s avatar-place" aria-hidden="true">
                    @
                  </span>
                  <span>@{suggestion.word}</span>
                  <span className="hint">{text.everybody}</span>
                </>
              ) : (
                <>
                  <Avatar id={suggestion.user_id} name={suggestion.name} size="s" />
                  <span>{suggestion.name}</span>
                </>
              )}
            </div>
          ))}
        </div>
      )}
    </div>
  );
}
