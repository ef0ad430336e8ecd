import { useQuery } from "@tanstack/react-query";
import { keys, useLive } from "../cache";
import { Avatar } from "./Avatar";
import { endTime } from "./format";
import { useLiftBan } from "./moderation";
import { Notes } from "./Notes";
import { strings } from "./strings";

/** Banned users of a room, with the action to lift each ban. */
export function Bans({ roomId }: { roomId: string }) {
  const { client } = useLive();
  const lift = useLiftBan(roomId);
  const { data } = useQuery({
    queryKey: keys.bans(roomId),
    queryFn: () => client.api.bans(roomId),
    // Socket events do not report bans imposed or lifted while the list is hidden.
    staleTime: 0,
    refetchOnMount: "always",
  });
  const bans = data?.data ?? [];
  if (bans.length === 0) return null;
  const text = strings.people;
  return (
    <section aria-labelledby="bans">
      <h3 className="section-title" id="bans">
        {text.banned}
      </h3>
      <ul className="members">
        {bans.map(({ user_id, name, until, reason }) => (
          <li key={user_id} className="member">
            <div className="member-line">
              <Avatar id={user_id} name={name} />
              <div className="member-names">
                <p className="member-name">{name}</p>
                <Notes facts={[reason, until ? text.until(endTime(until)) : text.untilLifted]} />
              </div>
              <button
                type="button"
                className="button small-button"
                disabled={lift.isPending}
                onClick={() => lift.mutate(user_id)}
                aria-label={text.liftOf(name)}
              >
                {text.lift}
              </button>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
