import { Fragment } from "react";

/** Short facts in one line that wraps between facts. */
export function Notes({ facts }: { facts: (string | undefined)[] }) {
  return (
    <p className="member-notes">
      {facts
        .filter((fact) => fact)
        .map((fact, index) => (
          <Fragment key={fact}>
            {index > 0 && " · "}
            <span>{fact}</span>
          </Fragment>
        ))}
    </p>
  );
}
