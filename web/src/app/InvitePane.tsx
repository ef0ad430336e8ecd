import { useMutation, useQuery } from "@tanstack/react-query";
import { keys, useLive } from "../cache";
import { type InviteCard, Problem } from "../client";
import { endTime } from "./format";
import { Bell } from "./Icons";
import { invitedBy, RoomAvatar } from "./Invites";
import { useAcceptInvite } from "./invitations";
import { goToConversation, goToInbox } from "./route";
import { strings } from "./strings";

/** Why an invite cannot be accepted; undefined if a retry can succeed. */
export function refusalOf(problem: unknown): string | undefined {
  if (!(problem instanceof Problem)) return undefined;
  const text = strings.invites.page;
  if (problem.slug === "banned") return problem.until ? text.bannedUntil(endTime(problem.until)) : text.banned;
  return text.refused[problem.slug];
}

/** The room of an invite link, with the action to accept. */
export function InvitePane({ token }: { token: string }) {
  const { client } = useLive();
  const text = strings.invites.page;
  const { data, error, refetch, isFetching } = useQuery({
    queryKey: keys.invitePreview(token),
    queryFn: () => client.api.invite(token),
    // No socket event updates it.
    staleTime: 0,
    refetchOnMount: "always",
  });
  if (data && !error) return <Card token={token} card={data} />;
  const refusal = refusalOf(error);
  return (
    <main className="nothing-open">
      <Bell />
      {refusal ? (
        <>
          <p role="alert">{refusal}</p>
          <BackButton />
        </>
      ) : error && !isFetching ? (
        <>
          <p role="alert">{text.failed}</p>
          <button type="button" className="button" onClick={() => void refetch()}>
            {text.retry}
          </button>
        </>
      ) : (
        <p role="status">{text.loading}</p>
      )}
    </main>
  );
}

function BackButton() {
  return (
    <button type="button" className="button" onClick={goToInbox}>
      {strings.invites.page.back}
    </button>
  );
}

function Card({ token, card }: { token: string; card: InviteCard }) {
  const live = useLive();
  const text = strings.invites.page;
  const { room, expires_at } = card;
  const accept = useAcceptInvite((problem) => {
    if (!refusalOf(problem)) live.report(problem);
  });
  const open = useMutation({
    mutationFn: () => live.client.api.room(room.id),
    onSuccess: ({ conversation_id }) => goToConversation(conversation_id),
    onError: (error) => live.report(error),
  });
  const refusal = refusalOf(accept.error);
  return (
    <main className="nothing-open">
      <article className="invite-card">
        <RoomAvatar isPrivate={room.visibility === "private"} />
        <p className="muted">{invitedBy(card)}</p>
        <h1>{room.name}</h1>
        {room.description && <p>{room.description}</p>}
        <p className="muted small">
          {strings.sidebar.members(room.member_count)}
          {!card.is_member && expires_at && ` · ${text.until(endTime(expires_at))}`}
        </p>
        {refusal ? (
          <>
            <p role="alert">{refusal}</p>
            <BackButton />
          </>
        ) : card.is_member ? (
          <>
            <p>{text.isMember}</p>
            <button type="button" className="button primary" disabled={open.isPending} onClick={() => open.mutate()}>
              {text.open}
            </button>
          </>
        ) : (
          <div className="invite-answers">
            <button
              type="button"
              className="button primary"
              disabled={accept.isPending}
              onClick={() => accept.mutate(token)}
            >
              {text.join}
            </button>
            <button type="button" className="button" onClick={goToInbox}>
              {text.later}
            </button>
          </div>
        )}
      </article>
    </main>
  );
}
