import type { Ending } from "../cache";
import type { Conversation } from "../client";
import { endTime } from "./format";
import { titleOf } from "./names";
import { goToInbox } from "./route";
import { strings } from "./strings";

/** Replaces a conversation after the user's membership ended: the reason, and the end of a ban. */
export function EndingNote({ conversation, ending }: { conversation: Conversation | undefined; ending: Ending }) {
  const text = strings.ending;
  const { how, reason, until } = ending;
  const place = conversation ? titleOf(conversation) : text.unknownPlace;
  return (
    <main className="nothing-open">
      <div className="stack" role="alert">
        <h2>{text[how](place)}</h2>
        {reason && <p>{text.reason(reason)}</p>}
        {how === "banned" && <p className="muted">{until ? text.until(endTime(until)) : text.untilLifted}</p>}
      </div>
      <button type="button" className="button" onClick={goToInbox}>
        {strings.conversation.back}
      </button>
    </main>
  );
}
