import { HashIcon } from "../Icons";
import { useJoinRoom } from "../rooms";
import { goToConversation } from "../route";
import { strings } from "../strings";
import { HitNotes, MoreHits } from "./HitNotes";
import type { HitsProps } from "./MessageHits";
import { useHits } from "./useHits";

/** Rooms by name: a press opens one, or joins it first. */
export function RoomHits({ query: { q }, onClose }: HitsProps) {
  const join = useJoinRoom();
  const isEnabled = q.trim() !== "";
  const found = useHits("rooms", { q: q.trim() }, isEnabled);
  const text = strings.search;
  if (!isEnabled) return <p className="search-note">{text.roomsHint}</p>;
  return (
    <>
      <HitNotes found={found} none={text.noRoom} />
      <ul aria-label={text.results} aria-busy={found.isPlaceholderData} className="hits">
        {found.hits.map(({ room }) => (
          <li key={room.id}>
            <button
              type="button"
              className="hit person"
              disabled={join.isPending}
              onClick={() => {
                if (room.role === null) return join.mutate(room, { onSuccess: onClose });
                onClose();
                goToConversation(room.conversation_id);
              }}
            >
              <span className="avatar avatar-m avatar-place" aria-hidden="true">
                <HashIcon />
              </span>
              <span className="grow">
                {room.role !== null && <span className="visually-hidden">{text.openRoom} </span>}
                {room.name}
                <span className="room-facts">{room.description || strings.sidebar.members(room.member_count)}</span>
              </span>
              {room.role === null && <span className="online">{text.join}</span>}
            </button>
          </li>
        ))}
      </ul>
      <MoreHits found={found} />
    </>
  );
}
