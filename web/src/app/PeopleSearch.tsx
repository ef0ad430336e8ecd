import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { type ReactNode, useDeferredValue, useState } from "react";
import { keys, useLive } from "../cache";
import type { User } from "../client";
import { strings } from "./strings";

/** Search for other users of the tenant by name. */
export function PeopleSearch({ label, children }: { label: string; children: (user: User) => ReactNode }) {
  const live = useLive();
  const [text, setText] = useState("");
  const q = useDeferredValue(text.trim());
  const people = useQuery({
    queryKey: keys.users(q),
    queryFn: () => live.client.api.users(q),
    placeholderData: keepPreviousData,
    // Online status changes often, and no socket event updates it here.
    staleTime: 10_000,
    refetchOnMount: true,
  });
  const others = people.data?.data.filter((user) => user.id !== live.me.user_id) ?? [];
  // The list is that of an earlier text until the answer arrives; then its rows move.
  const isEarlier = people.isPlaceholderData || q !== text.trim();
  return (
    <>
      <input
        type="search"
        className="field"
        value={text}
        onChange={(event) => setText(event.target.value)}
        placeholder={label}
        aria-label={label}
        autoComplete="off"
      />
      {people.isError && <p role="alert">{strings.newChat.failed}</p>}
      {people.isSuccess && others.length === 0 && (
        <p className="muted" role="status">
          {strings.newChat.nobody}
        </p>
      )}
      <ul className="people" aria-busy={isEarlier}>
        {others.map((user) => (
          <li key={user.id}>{children(user)}</li>
        ))}
      </ul>
    </>
  );
}
