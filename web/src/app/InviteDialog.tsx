import { useState } from "react";
import { useInvited, useLive, useMembers } from "../cache";
import type { Conversation, User } from "../client";
import { Avatar } from "./Avatar";
import { Dialog } from "./Dialog";
import { InviteLink } from "./InviteLink";
import { useMakeInvite } from "./invitations";
import { moderates, useStanding } from "./moderation";
import { titleOf } from "./names";
import { OpenInvites } from "./OpenInvites";
import { PeopleSearch } from "./PeopleSearch";
import { strings } from "./strings";

/** Invites to a room by link or by user, and lists open invites for moderators. */
export function InviteDialog({ conversation, onClose }: { conversation: Conversation; onClose: () => void }) {
  const standing = useStanding(conversation);
  const text = strings.inviting;
  return (
    <Dialog title={text.title(titleOf(conversation))} close={text.close} onClose={onClose}>
      <section aria-labelledby="invite-link">
        <h3 className="section-title" id="invite-link">
          {text.byLink}
        </h3>
        <InviteLink conversation={conversation} />
      </section>
      {moderates(standing) && (
        <section aria-labelledby="open-invites">
          <h3 className="section-title" id="open-invites">
            {text.list}
          </h3>
          <OpenInvites conversation={conversation} />
        </section>
      )}
      <section className="invite-person" aria-labelledby="invite-person">
        <h3 className="section-title" id="invite-person">
          {text.person}
        </h3>
        <PersonSearch conversation={conversation} />
      </section>
    </Dialog>
  );
}

function PersonSearch({ conversation }: { conversation: Conversation }) {
  const { ids = [] } = useMembers(conversation);
  return (
    <PeopleSearch label={strings.inviting.search}>
      {(user) => <Candidate conversation={conversation} user={user} isMember={ids.includes(user.id)} />}
    </PeopleSearch>
  );
}

function Candidate(props: { conversation: Conversation; user: User; isMember: boolean }) {
  const { conversation, user, isMember } = props;
  const live = useLive();
  const make = useMakeInvite(conversation);
  const [wasInvited, setInvited] = useState(false);
  const invited = useInvited(conversation.id);
  // A user who may not see the open invites knows only their own.
  const isInvited = invited ? invited.includes(user.id) : wasInvited;
  const text = strings.inviting;
  const invite = () =>
    make.mutate({ user_id: user.id }, { onSuccess: () => setInvited(true), onError: (error) => live.report(error) });
  return (
    <div className="member-line">
      <Avatar id={user.id} name={user.name} />
      <span className="grow member-name">{user.name}</span>
      {isMember || isInvited ? (
        <span className="muted small" role={isInvited ? "status" : undefined}>
          {isMember ? text.isMember : text.invited}
        </span>
      ) : (
        <button
          type="button"
          className="button small-button"
          disabled={make.isPending}
          onClick={invite}
          aria-label={text.inviteThem(user.name)}
        >
          {text.invite}
        </button>
      )}
    </div>
  );
}
