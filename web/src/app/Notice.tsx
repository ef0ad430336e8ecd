import { useEffect } from "react";
import type { Problem } from "../client";
import { CloseIcon } from "./Icons";
import { strings } from "./strings";

const SHOWN_FOR_MS = 8_000;

/** Shows the last refusal in one line for some seconds. */
export function Notice({ problem, onDismiss }: { problem: Problem | undefined; onDismiss: () => void }) {
  useEffect(() => {
    if (!problem) return;
    const timer = setTimeout(onDismiss, SHOWN_FOR_MS);
    return () => clearTimeout(timer);
  }, [problem, onDismiss]);
  return (
    <div className="notice-place" role="alert">
      {problem && (
        <div className="notice">
          <span>{problem.status === 0 ? strings.problem.unreachable : strings.problem.other(problem.message)}</span>
          <button type="button" className="icon-button" onClick={onDismiss} aria-label={strings.problem.dismiss}>
            <CloseIcon />
          </button>
        </div>
      )}
    </div>
  );
}
