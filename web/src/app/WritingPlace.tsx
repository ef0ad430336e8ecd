import { type CachedMessage, useIsBlocked, useLive, useMutedUntil, useRoom } from "../cache";
import type { Conversation, Person } from "../client";
import { Composer } from "./Composer";
import { endTime } from "./format";
import { mayPost, useStanding } from "./moderation";
import { usePace } from "./pace";
import { strings } from "./strings";

interface Props {
  id: string;
  /** First message of the thread that is written in; absent in the conversation itself. */
  parentId?: string;
  conversation: Conversation | undefined;
  /** The messages that are shown above. */
  ids: string[] | undefined;
  /** Messages that slow mode counts, if these are more. */
  sentIds?: string[];
  editing: CachedMessage | undefined;
  onEdit: (message: CachedMessage | undefined) => void;
  /** The message that the next one quotes. */
  quoting: CachedMessage | undefined;
  onQuote: (message: CachedMessage | undefined) => void;
}

/** The composer, or why the user cannot write. */
export function WritingPlace(props: Props) {
  const { id, parentId, conversation, ids, sentIds = ids, editing, onEdit, quoting, onQuote } = props;
  const standing = useStanding({ role: conversation?.role ?? null });
  const mutedUntil = useMutedUntil(id);
  const room = useRoom(conversation);
  const peer = conversation?.type === "dm" ? conversation.peer : null;
  const isBlocked = useIsBlocked(peer && { sender_id: peer.user_id });
  const pace = usePace(conversation, sentIds, standing);
  const words = strings.composer;
  const isForModerators = !mayPost(standing, room);
  const isShut = mutedUntil !== null || isForModerators || isBlocked;
  return (
    <>
      <div role="status">
        {isShut && (
          <div className="composer composer-shut">
            {mutedUntil ? (
              words.muted(endTime(mutedUntil))
            ) : isForModerators ? (
              words.announcement
            ) : (
              <BlockedPeer peer={peer} />
            )}
          </div>
        )}
      </div>
      {!isShut && (
        <Composer
          id={id}
          {...(parentId !== undefined && { parentId })}
          ids={ids}
          editing={editing}
          onEdit={onEdit}
          quoting={quoting}
          onQuote={onQuote}
          pace={pace}
        />
      )}
    </>
  );
}

function BlockedPeer({ peer }: { peer: Person | null }) {
  const live = useLive();
  if (!peer) return null;
  return (
    <>
      {strings.blocks.writing(peer.name)}{" "}
      <button
        type="button"
        className="link-button"
        onClick={() => void live.attempt(live.blocks.unblock(peer.user_id))}
        aria-label={strings.blocks.unblockOf(peer.name)}
      >
        {strings.blocks.unblock}
      </button>
    </>
  );
}
