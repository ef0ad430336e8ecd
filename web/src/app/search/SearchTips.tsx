import { strings } from "../strings";

/** The operators, each with what it finds; a press writes it into the field. */
export function SearchTips({ onInsert }: { onInsert: (operator: string) => void }) {
  const text = strings.search;
  return (
    <section className="search-tips">
      <h3>{text.tips}</h3>
      <ul>
        {text.operators.map(({ write, insert, finds }) => (
          <li key={write}>
            <button type="button" className="hit" onClick={() => onInsert(insert)}>
              <code>{write}</code> <span>{finds}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
