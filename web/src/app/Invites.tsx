import { useMutation } from "@tanstack/react-query";
import { memo, useEffect, useRef, useState } from "react";
import { useInvite, useLive, useMyInvites } from "../cache";
import type { InviteCard } from "../client";
import { HashIcon, LockIcon } from "./Icons";
import { useAcceptInvite } from "./invitations";
import { strings } from "./strings";

/** Invites for the current user, to accept or decline. */
export function Invites() {
  const { ids } = useMyInvites();
  if (ids.length === 0) return null;
  return (
    <section aria-labelledby="my-invites">
      <h2 className="section-title" id="my-invites">
        {strings.invites.title}
      </h2>
      <ul className="inbox">
        {ids.map((id) => (
          <InviteItem key={id} id={id} />
        ))}
      </ul>
    </section>
  );
}

export function RoomAvatar({ isPrivate }: { isPrivate: boolean }) {
  return (
    <span className="avatar avatar-m avatar-place" aria-hidden="true">
      {isPrivate ? <LockIcon /> : <HashIcon />}
    </span>
  );
}

/** Who invites, and the role if it is above member. */
export function invitedBy({ invited_by, role }: InviteCard): string {
  const text = strings.invites;
  const from = text.from(invited_by.name);
  if (role === "member") return from;
  return `${from} ${role === "owner" ? text.asOwner : text.asModerator}`;
}

const InviteItem = memo(function InviteItem({ id }: { id: string }) {
  const live = useLive();
  const card = useInvite(id);
  const accept = useAcceptInvite((problem) => live.report(problem));
  const decline = useMutation({
    mutationFn: () => live.invites.decline(id),
    onError: (error) => live.report(error),
  });
  if (!card) return null;
  const { name, visibility } = card.room;
  const text = strings.invites;
  const isBusy = accept.isPending || decline.isPending;
  return (
    <li className="invite-item">
      <RoomAvatar isPrivate={visibility === "private"} />
      <span className="inbox-title">{name}</span>
      <span className="inbox-preview">{invitedBy(card)}</span>
      <div className="invite-answers">
        <button
          type="button"
          className="button small-button primary"
          disabled={isBusy}
          onClick={() => accept.mutate(id)}
          aria-label={text.acceptTo(name)}
        >
          {text.accept}
        </button>
        <button
          type="button"
          className="button small-button"
          disabled={isBusy}
          onClick={() => decline.mutate()}
          aria-label={text.declineTo(name)}
        >
          {text.decline}
        </button>
      </div>
    </li>
  );
});

/** Announces new invites to screen readers on every page. */
export function InviteAnnouncer() {
  const { store } = useLive();
  const { ids, isLoaded } = useMyInvites();
  const known = useRef<Set<string>>(undefined);
  const [words, setWords] = useState("");
  useEffect(() => {
    if (!isLoaded) return;
    const before = known.current;
    known.current = new Set([...(before ?? []), ...ids]);
    if (!before) return;
    const fresh = ids.filter((id) => !before.has(id)).map((id) => store.invite(id));
    if (fresh.length === 0) return;
    setWords(fresh.map((card) => card && strings.invites.arrived(card.invited_by.name, card.room.name)).join("\n"));
  }, [ids, isLoaded, store]);
  return (
    <div className="visually-hidden invite-news" aria-live="polite">
      {words}
    </div>
  );
}
