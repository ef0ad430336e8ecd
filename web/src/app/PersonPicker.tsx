import { Avatar } from "./Avatar";
import { type DemoPerson, isGuard } from "./demo";
import { Bell } from "./Icons";
import { strings } from "./strings";

interface Props {
  state: "loading" | "failed" | "none" | "known";
  people: DemoPerson[];
  onChoose: (person: DemoPerson) => void;
  onRetry: () => void;
}

export function PersonPicker({ state, people, onChoose, onRetry }: Props) {
  const text = strings.picker;
  return (
    <main className="picker">
      <div className="picker-card">
        <Bell />
        <h1>{strings.appName}</h1>
        <p className="muted">{strings.tagline}</p>
        {state === "known" && (
          <>
            <h2>{text.title}</h2>
            <ul className="picker-people">
              {people.map((person) => (
                <li key={person.id}>
                  <button type="button" className="picker-person" onClick={() => onChoose(person)}>
                    <Avatar id={person.id} name={person.name} size="l" />
                    <span>{person.name}</span>
                    {isGuard(person) && <span className="picker-guard">{strings.picker.guard}</span>}
                  </button>
                </li>
              ))}
            </ul>
            <p className="muted small">{text.hint}</p>
          </>
        )}
        {state === "loading" && <p role="status">{text.loading}</p>}
        {state === "none" && <p role="alert">{text.unavailable}</p>}
        {state === "failed" && (
          <div role="alert" className="stack">
            <p>{text.unreachable}</p>
            <button type="button" className="button" onClick={onRetry}>
              {text.retry}
            </button>
          </div>
        )}
      </div>
    </main>
  );
}
