import { useState } from "react";
import { keys, type Restored, useConversation, useInbox, useLive, useScheduled } from "../cache";
import { type DraftPlace, Problem, type ScheduledMessage } from "../client";
import { Dialog } from "./Dialog";
import { Formatted } from "./Formatted";
import { exactMoment, momentOf } from "./format";
import { ListNotes } from "./ListNotes";
import { titleOf } from "./names";
import { conversationLink, threadLink } from "./route";
import { strings } from "./strings";

/** Longest beginning of a text in a label, characters. */
const LABEL_CHARS = 60;

/** The messages that the user has scheduled: those that could not be sent, and those that wait. */
export function ScheduledMessages({ onClose }: { onClose: () => void }) {
  const { data, isError, refetch } = useScheduled({ isFresh: true });
  const text = strings.scheduled;
  const failed = data?.filter(({ status }) => status === "failed") ?? [];
  const waiting = data?.filter(({ status }) => status === "pending") ?? [];
  const rows = (messages: ScheduledMessage[]) => (
    <ul className="pins">
      {messages.map((message) => (
        <Row key={message.id} message={message} onClose={onClose} />
      ))}
    </ul>
  );
  return (
    <Dialog title={text.title} close={text.close} onClose={onClose}>
      <ListNotes text={text} count={data?.length} isError={isError} refetch={refetch} />
      {failed.length > 0 && (
        <section aria-labelledby="scheduled-failed">
          <h3 className="section-title list-title" id="scheduled-failed">
            {text.notSent}
          </h3>
          {rows(failed)}
        </section>
      )}
      {waiting.length > 0 && (
        <section aria-labelledby="scheduled-waiting">
          <h3 className="section-title list-title" id="scheduled-waiting">
            {text.waiting}
          </h3>
          {rows(waiting)}
        </section>
      )}
    </Dialog>
  );
}

function Row({ message, onClose }: { message: ScheduledMessage; onClose: () => void }) {
  const live = useLive();
  const { ids = [] } = useInbox();
  const [isBusy, setBusy] = useState(false);
  const { id, conversation_id, status, body, send_at, parent_id, quote_id, problem } = message;
  const isMember = ids.includes(conversation_id);
  const conversation = useConversation(isMember ? conversation_id : "");
  const text = strings.scheduled;
  const isFailed = status === "failed";
  const label = beginning(body ?? "");

  const cancel = async (): Promise<boolean> => {
    setBusy(true);
    try {
      await live.scheduled.cancel(id);
      return true;
    } catch (error) {
      const refused = Problem.of(error);
      live.report(refused.slug === "conflict" ? new Problem("conflict", 409, text.alreadySent) : refused);
      // It may have been sent or cancelled on another device.
      live.scheduled.load().catch(() => {});
      setBusy(false);
      return false;
    }
  };
  const edit = async () => {
    if (!(await cancel())) return;
    const place = putBack(live, message);
    onClose();
    window.location.hash = place.parentId
      ? threadLink(place.conversationId, place.parentId)
      : conversationLink(place.conversationId);
  };
  return (
    <li>
      <p className="sender">
        {[conversation && titleOf(conversation), parent_id && text.inThread, quote_id && text.withQuote]
          .filter(Boolean)
          .join(" · ")}
      </p>
      <div className="body">
        <Formatted text={body ?? ""} />
      </div>
      <p className="small muted">
        <time dateTime={send_at} title={exactMoment(send_at)}>
          {isFailed ? text.wasFor(momentOf(send_at)) : text.sentAt(momentOf(send_at))}
        </time>
      </p>
      {isFailed && <p className="small form-error">{text.why[problem ?? ""] ?? text.otherWhy}</p>}
      {!isMember && <p className="small muted">{text.gone}</p>}
      <div className="action-line">
        {isMember && body !== null && (
          <button
            type="button"
            className="button small-button"
            disabled={isBusy}
            onClick={() => void edit()}
            aria-label={text.editOf(label)}
          >
            {text.edit}
          </button>
        )}
        <button
          type="button"
          className="button small-button quiet"
          disabled={isBusy}
          onClick={() => void cancel()}
          aria-label={isFailed ? text.removeOf(label) : text.cancelOf(label)}
        >
          {isFailed ? text.remove : text.cancel}
        </button>
      </div>
    </li>
  );
}

/** Puts the text into the draft of its place, after what is there, and leaves the rest for the composer. */
function putBack(live: ReturnType<typeof useLive>, message: ScheduledMessage): DraftPlace {
  const { conversation_id: conversationId, parent_id, body, quote_id, also_in_channel } = message;
  // A thread is opened by its first message.
  const parentId = parent_id ? (live.store.message(parent_id)?.thread_id ?? parent_id) : undefined;
  const place = { conversationId, parentId };
  const known = live.drafts.textOf(place).trimEnd();
  live.drafts.write(place, known === "" ? (body ?? "") : `${known}\n\n${body}`);
  const restored = { quoteId: quote_id, alsoInChannel: also_in_channel };
  live.store.set<Restored>(keys.restored(parentId ?? conversationId), restored);
  return place;
}

function beginning(text: string): string {
  const characters = [...text];
  return characters.length > LABEL_CHARS ? `${characters.slice(0, LABEL_CHARS).join("")}…` : text;
}
