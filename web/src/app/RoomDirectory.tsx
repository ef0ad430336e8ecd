import { HashIcon } from "./Icons";
import { useJoinRoom, useRooms } from "./rooms";
import { strings } from "./strings";

/** Public rooms that the user has not joined. */
export function RoomDirectory() {
  const rooms = useRooms().filter((room) => room.role === null && room.visibility === "public");
  const join = useJoinRoom();
  if (rooms.length === 0) return null;
  const text = strings.sidebar;
  return (
    <section aria-labelledby="rooms-to-join">
      <h2 className="section-title" id="rooms-to-join">
        {text.rooms}
      </h2>
      <ul className="inbox">
        {rooms.map((room) => (
          <li key={room.id} className="room">
            <span className="avatar avatar-m avatar-place" aria-hidden="true">
              <HashIcon />
            </span>
            <span className="inbox-title">{room.name}</span>
            <span className="inbox-preview">{room.description || text.members(room.member_count)}</span>
            <button
              type="button"
              className="button small-button"
              disabled={join.isPending}
              onClick={() => join.mutate(room)}
              aria-label={text.joinRoom(room.name)}
            >
              {text.join}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
