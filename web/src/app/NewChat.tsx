import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useDeferredValue, useEffect, useRef, useState } from "react";
import { keys, useLive } from "../cache";
import { Problem, type User } from "../client";
import { Avatar } from "./Avatar";
import { CloseIcon } from "./Icons";
import { goToConversation } from "./route";
import { strings } from "./strings";

/** Picks somebody and opens the direct chat with them. */
export function NewChat({ onClose }: { onClose: () => void }) {
  const live = useLive();
  const dialog = useRef<HTMLDialogElement>(null);
  const [text, setText] = useState("");
  const q = useDeferredValue(text.trim());
  const people = useQuery({
    queryKey: keys.users(q),
    queryFn: () => live.client.api.users(q),
    placeholderData: keepPreviousData,
    // Who is online changes all the time, and no socket tells of it here.
    staleTime: 10_000,
    refetchOnMount: true,
  });

  useEffect(() => dialog.current?.showModal(), []);

  const pick = async (user: User) => {
    try {
      const conversation = await live.talkTo(user.id);
      goToConversation(conversation.id);
      onClose();
    } catch (error) {
      live.onProblem(error instanceof Problem ? error : Problem.unreachable());
    }
  };

  const others = people.data?.data.filter((user) => user.id !== live.me.user_id) ?? [];
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby="new-chat" onClose={onClose}>
      <header className="dialog-header">
        <h2 id="new-chat">{strings.newChat.title}</h2>
        <button
          type="button"
          className="icon-button"
          onClick={() => dialog.current?.close()}
          aria-label={strings.newChat.close}
        >
          <CloseIcon />
        </button>
      </header>
      <input
        type="search"
        className="field"
        value={text}
        onChange={(event) => setText(event.target.value)}
        placeholder={strings.newChat.search}
        aria-label={strings.newChat.search}
        autoComplete="off"
      />
      {people.isError && <p role="alert">{strings.newChat.failed}</p>}
      {people.isSuccess && others.length === 0 && (
        <p className="muted" role="status">
          {strings.newChat.nobody}
        </p>
      )}
      <ul className="people">
        {others.map((user) => (
          <li key={user.id}>
            <button type="button" className="person" onClick={() => void pick(user)}>
              <Avatar id={user.id} name={user.name} />
              <span className="grow">{user.name}</span>
              {user.is_online && (
                <span className="online">
                  <span className="dot dot-live" /> {strings.newChat.online}
                </span>
              )}
            </button>
          </li>
        ))}
      </ul>
    </dialog>
  );
}
