import { useEffect } from "react";
import type { Problem } from "../client";
import { CloseIcon } from "./Icons";
import { strings } from "./strings";

const SHOWN_FOR_MS = 8_000;

function wordsOf({ status, slug, message }: Problem): string {
  const { unreachable, why, other } = strings.problem;
  return status === 0 ? unreachable : (why[slug] ?? other(message));
}

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
          <span>{wordsOf(problem)}</span>
          <button type="button" className="icon-button" onClick={onDismiss} aria-label={strings.problem.dismiss}>
            <CloseIcon />
          </button>
        </div>
      )}
    </div>
  );
}
