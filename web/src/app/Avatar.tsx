import { memo } from "react";
import type { Conversation } from "../client";
import { initials, tint } from "./format";
import { GroupIcon, HashIcon, LockIcon } from "./Icons";

export const Avatar = memo(function Avatar({
  id,
  name,
  size = "m",
}: {
  id: string;
  name: string;
  size?: "s" | "m" | "l";
}) {
  return (
    <span className={`avatar avatar-${size} tint-${tint(id)}`} aria-hidden="true">
      {initials(name)}
    </span>
  );
});

/** Avatar of a conversation: the peer's, or an icon of its type. */
export function ConversationAvatar({ conversation }: { conversation: Conversation }) {
  if (conversation.type === "dm" && conversation.peer) {
    return <Avatar id={conversation.peer.user_id} name={conversation.peer.name} />;
  }
  return (
    <span className="avatar avatar-m avatar-place" aria-hidden="true">
      {conversation.type === "group" ? (
        <GroupIcon />
      ) : conversation.room_visibility === "private" ? (
        <LockIcon />
      ) : (
        <HashIcon />
      )}
    </span>
  );
}
