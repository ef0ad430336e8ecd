import { useId } from "react";
import { useLive, useMember } from "../cache";
import { Avatar } from "./Avatar";
import { endTime } from "./format";
import { MoreIcon } from "./Icons";
import { MemberActions } from "./MemberActions";
import { mayChangeRole, mayModerate, type Standing } from "./moderation";
import { strings } from "./strings";

interface Props {
  conversationId: string;
  roomId: string;
  userId: string;
  /** Of the current user. */
  standing: Standing;
  isOpen: boolean;
  onOpen: (isOpen: boolean) => void;
}

export function MemberRow({ conversationId, roomId, userId, standing, isOpen, onOpen }: Props) {
  const { me } = useLive();
  const member = useMember(conversationId, userId);
  const actionsId = useId();
  if (!member) return null;
  const { name, role, muted_until } = member;
  const text = strings.people;
  const isMe = userId === me.user_id;
  const canModerate = !isMe && mayModerate(standing, role);
  const canPromote = !isMe && mayChangeRole(standing, role, role === "member" ? "moderator" : "member");
  const hasActions = canModerate || canPromote;
  return (
    <li className={`member${hasActions && isOpen ? " open" : ""}`}>
      <div className="member-line">
        <Avatar id={userId} name={name} />
        <div className="member-names">
          <p className="member-name">
            {name} {isMe && <span className="muted">{text.you}</span>}
          </p>
          <p className="member-notes">
            {text.roles[role]}
            {muted_until && <span className="tag">{text.muted(endTime(muted_until))}</span>}
          </p>
        </div>
        {hasActions && (
          <button
            type="button"
            className="icon-button"
            onClick={() => onOpen(!isOpen)}
            aria-label={text.actions(name)}
            aria-expanded={isOpen}
            aria-controls={actionsId}
          >
            <MoreIcon />
          </button>
        )}
      </div>
      <div id={actionsId}>
        {hasActions && isOpen && (
          <MemberActions
            roomId={roomId}
            member={member}
            canModerate={canModerate}
            canPromote={canPromote}
            onDone={() => onOpen(false)}
          />
        )}
      </div>
    </li>
  );
}
