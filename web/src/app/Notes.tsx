import { Fragment } from "react";

/** A few facts in one line; each stays together where there is room for it. */
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
