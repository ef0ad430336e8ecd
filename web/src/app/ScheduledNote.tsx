import { usePanel, useScheduled } from "../cache";
import { momentOf } from "./format";
import { ClockIcon } from "./Icons";
import { strings } from "./strings";
import type { Later } from "./useSendLater";

interface Props {
  conversationId: string;
  parentId: string | undefined;
  later: Later | undefined;
}

/** Above the field: what became of a message that was scheduled here, and how many wait. */
export function ScheduledNote({ conversationId, parentId, later }: Props) {
  const { data } = useScheduled();
  const [, show] = usePanel();
  const text = strings.scheduled;
  const count =
    data?.filter(
      ({ status, conversation_id, parent_id }) =>
        status === "pending" &&
        conversation_id === conversationId &&
        (parentId === undefined || parent_id === parentId),
    ).length ?? 0;
  const news = later?.state === "scheduled" ? text.will(momentOf(later.at)) : "";
  return (
    <>
      <div role="alert">{later?.state === "refused" && <p className="composer-note refused">{later.why}</p>}</div>
      <div className={count > 0 || news ? "composer-note scheduled-note" : undefined}>
        <span role="status">{news}</span>
        {count > 0 && (
          <button type="button" className="link-button" onClick={() => show("scheduled")}>
            <ClockIcon /> {text.count(count)}
          </button>
        )}
      </div>
    </>
  );
}
