import { useMutation } from "@tanstack/react-query";
import { useLive, useRoomInvite, useRoomInvites } from "../cache";
import type { Conversation, Invite } from "../client";
import { Avatar } from "./Avatar";
import { endTime } from "./format";
import { LinkIcon } from "./Icons";
import { Notes } from "./Notes";
import { strings } from "./strings";

/** A room's open invites, with the action to revoke each. */
export function OpenInvites({ conversation }: { conversation: Conversation }) {
  const { ids, isError, refetch } = useRoomInvites(conversation.id, conversation.room_id ?? "");
  const text = strings.inviting;
  if (!ids && isError) {
    return (
      <p role="alert">
        {text.failed}{" "}
        <button type="button" className="link-button" onClick={() => void refetch()}>
          {text.retry}
        </button>
      </p>
    );
  }
  if (ids?.length === 0) return <p className="sidebar-note muted">{text.none}</p>;
  return (
    <ul className="members">
      {ids?.map((id) => (
        <OpenInvite key={id} conversationId={conversation.id} id={id} />
      ))}
    </ul>
  );
}

function OpenInvite({ conversationId, id }: { conversationId: string; id: string }) {
  const live = useLive();
  const invite = useRoomInvite(id);
  const revoke = useMutation({
    mutationFn: (known: Invite) => live.roomInvites.revoke(conversationId, known),
    onError: (error) => live.report(error),
  });
  if (!invite) return null;
  const { user_id, user_name, uses, max_uses, role, expires_at } = invite;
  const text = strings.inviting;
  const whose = user_id ? (user_name ?? user_id) : text.aLink;
  const facts = [
    user_id ? undefined : text.used(uses, max_uses),
    role === "member" ? undefined : strings.people.roles[role],
    expires_at ? text.until(endTime(expires_at)) : undefined,
  ];
  return (
    <li className="member-line">
      {user_id ? (
        <Avatar id={user_id} name={whose} />
      ) : (
        <span className="avatar avatar-m avatar-place" aria-hidden="true">
          <LinkIcon />
        </span>
      )}
      <div className="member-names">
        <p className="member-name">{whose}</p>
        <Notes facts={facts} />
      </div>
      <button
        type="button"
        className="button small-button"
        disabled={revoke.isPending}
        onClick={() => revoke.mutate(invite)}
        aria-label={text.revokeOf(whose)}
      >
        {text.revoke}
      </button>
    </li>
  );
}
