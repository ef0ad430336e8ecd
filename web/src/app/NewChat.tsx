import { useEffect, useRef } from "react";
import { useLive } from "../cache";
import type { User } from "../client";
import { Avatar } from "./Avatar";
import { Dialog } from "./Dialog";
import { PeopleSearch } from "./PeopleSearch";
import { goToConversation } from "./route";
import { strings } from "./strings";

/** Picks a user and opens the direct conversation with them. */
export function NewChat({ onClose }: { onClose: () => void }) {
  const live = useLive();
  const text = strings.newChat;
  const isOpen = useRef(false);
  useEffect(() => {
    isOpen.current = true;
    return () => {
      isOpen.current = false;
    };
  }, []);

  const pick = async (user: User) => {
    try {
      const conversation = await live.talkTo(user.id);
      // Closed before the answer: the user wants something else now.
      if (!isOpen.current) return;
      goToConversation(conversation.id);
      onClose();
    } catch (error) {
      live.report(error);
    }
  };

  return (
    <Dialog title={text.title} close={text.close} onClose={onClose}>
      <PeopleSearch label={text.search}>
        {(user) => (
          <button type="button" className="person" onClick={() => void pick(user)}>
            <Avatar id={user.id} name={user.name} />
            <span className="grow">{user.name}</span>
            {user.is_online && (
              <span className="online">
                <span className="dot dot-live" /> {text.online}
              </span>
            )}
          </button>
        )}
      </PeopleSearch>
    </Dialog>
  );
}
