import { useState } from "react";
import type { Conversation } from "../client";
import { useLeaveRoom } from "./rooms";
import { strings } from "./strings";

/** Leaves a room after a confirmation. */
export function LeaveRoom({ conversation }: { conversation: Conversation }) {
  const leave = useLeaveRoom();
  const [isAsking, setAsking] = useState(false);
  const text = strings.conversation;
  return (
    <button
      type="button"
      className={`button small-button${isAsking ? " danger" : " quiet"}`}
      disabled={leave.isPending}
      onClick={() => (isAsking ? leave.mutate(conversation) : setAsking(true))}
      onBlur={() => setAsking(false)}
    >
      {isAsking ? text.confirmLeave : text.leave}
    </button>
  );
}
