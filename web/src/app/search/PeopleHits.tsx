import { useLive } from "../../cache";
import type { User } from "../../client";
import { Avatar } from "../Avatar";
import { goToConversation } from "../route";
import { strings } from "../strings";
import { HitNotes, MoreHits } from "./HitNotes";
import type { HitsProps } from "./MessageHits";
import { useHits } from "./useHits";

/** People by name; a press opens the direct conversation with one. */
export function PeopleHits({ query: { q }, onClose }: HitsProps) {
  const live = useLive();
  const isEnabled = q.trim() !== "";
  const found = useHits("people", { q: q.trim() }, isEnabled);
  const text = strings.search;
  if (!isEnabled) return <p className="search-note">{text.peopleHint}</p>;
  const others = found.hits.filter(({ user }) => user.id !== live.me.user_id);
  const talk = async (user: User) => {
    try {
      const { id } = await live.talkTo(user.id);
      onClose();
      goToConversation(id);
    } catch (error) {
      live.report(error);
    }
  };
  return (
    <>
      <HitNotes found={{ ...found, hits: others }} none={text.noPerson} />
      <ul aria-label={text.results} aria-busy={found.isPlaceholderData} className="hits">
        {others.map(({ user }) => (
          <li key={user.id}>
            <button type="button" className="hit person" onClick={() => void talk(user)}>
              <Avatar id={user.id} name={user.name} />
              <span className="grow">
                <span className="visually-hidden">{text.talkTo} </span>
                {user.name}
              </span>
              {user.is_online && (
                <span className="online">
                  <span className="dot dot-live" /> {strings.newChat.online}
                </span>
              )}
            </button>
          </li>
        ))}
      </ul>
      <MoreHits found={{ ...found, hits: others }} />
    </>
  );
}
