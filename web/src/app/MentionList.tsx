import { Avatar } from "./Avatar";
import { strings } from "./strings";
import type { Suggestions } from "./useMentionSuggestions";

/** The members that may be meant, above the field whose keys choose one. */
export function MentionList({ suggestions }: { suggestions: Suggestions }) {
  const { people, active, listId, optionId, pick } = suggestions;
  const text = strings.mentions;
  return (
    <div className="mention-place">
      <span className="visually-hidden" role="status">
        {people.length > 0 && text.found(people.length)}
      </span>
      {people.length > 0 && (
        <div className="mention-list" role="listbox" id={listId} aria-label={text.label}>
          {people.map((person, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the focus, and its keys choose
            <div
              key={person.user_id}
              id={optionId(index)}
              role="option"
              tabIndex={-1}
              aria-selected={index === active}
              // The field keeps the focus.
              onPointerDown={(event) => event.preventDefault()}
              onClick={() => pick(person)}
            >
              <Avatar id={person.user_id} name={person.name} size="s" />
              <span>{person.name}</span>
            </div>
          ))}
        </div>
      )}
    </div>
  );
}
