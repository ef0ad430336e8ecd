import { useIsBlocked, useLive } from "../../cache";
import { isThreadOnly, type MessageHit, type SearchQuery } from "../../client";
import { FilesLine } from "../files/FilesLine";
import { exactMoment, momentOf } from "../format";
import { goToMessage, goToReply } from "../jump";
import { nameIn } from "../MessageText";
import { titleOf } from "../names";
import { strings } from "../strings";
import { HitNotes, MoreHits } from "./HitNotes";
import { goesOn, partsOf } from "./highlight";
import { SearchTips } from "./SearchTips";
import { useHits } from "./useHits";

export interface HitsProps {
  query: SearchQuery;
  onClose: () => void;
  /** Writes an operator into the field. */
  onInsert: (operator: string) => void;
}

/** Messages, newest first; a press leads to one. */
export function MessageHits({ query, onClose, onInsert }: HitsProps) {
  const { q, from, has } = query;
  const place = query.in;
  const isEnabled = q.trim() !== "" || from !== undefined || has !== undefined || place !== undefined;
  const found = useHits("messages", query, isEnabled);
  const text = strings.search;
  if (!isEnabled) return <SearchTips onInsert={onInsert} />;
  return (
    <>
      <HitNotes found={found} none={`${text.none} ${text.noneHint}`} />
      <ul aria-label={text.results} aria-busy={found.isPlaceholderData} className="hits">
        {found.hits.map((hit) => (
          <li key={hit.message.id}>
            <Hit hit={hit} onClose={onClose} />
          </li>
        ))}
      </ul>
      <MoreHits found={found} />
    </>
  );
}

function Hit({ hit, onClose }: { hit: MessageHit; onClose: () => void }) {
  const live = useLive();
  const { message, conversation } = hit;
  const isBlocked = useIsBlocked(message);
  const { id, sender_id, sender_name, created_at, thread_id, attachments } = message;
  const known = live.store.conversation(conversation.id);
  const title = known ? titleOf(known) : (conversation.room_name ?? strings.conversation.direct);
  const go = () => {
    onClose();
    if (isThreadOnly(message) && thread_id) goToReply(live, conversation.id, thread_id, id);
    else goToMessage(live, conversation.id, id);
  };
  return (
    <button type="button" className="hit" onClick={go}>
      <span className="hit-place">
        <strong>{sender_id === live.me.user_id ? strings.sidebar.you : sender_name}</strong> · {title}
        {thread_id && ` · ${strings.search.inThread}`}
      </span>
      <time dateTime={created_at} title={exactMoment(created_at)}>
        {momentOf(created_at)}
      </time>
      <span className="hit-text">{isBlocked ? strings.messages.fromBlocked : <Excerpt hit={hit} />}</span>
      {!isBlocked && <FilesLine attachments={attachments} />}
    </button>
  );
}

/** The part of the text around what was found, which is marked. People who are mentioned by id have their names. */
function Excerpt({ hit: { message, context, highlights } }: { hit: MessageHit }) {
  const live = useLive();
  const named = (text: string) =>
    text.replace(/@\[([^\]]{1,128})\]/g, (written, id: string) => {
      const name = nameIn(live, message.conversation_id, id);
      return name ? `@${name}` : written;
    });
  return (
    <>
      {context.start > 0 && "…"}
      {partsOf(context, highlights).map(({ text, isHit }, index) =>
        // biome-ignore lint/suspicious/noArrayIndexKey: parts of one text have no other identity
        isHit ? <mark key={index}>{text}</mark> : named(text),
      )}
      {goesOn(message.body ?? "", context) && "…"}
    </>
  );
}
