import { useState } from "react";
import { useLive, useMembers } from "../cache";
import type { Conversation } from "../client";
import { Bans } from "./Bans";
import { Dialog } from "./Dialog";
import { LeaveRoom } from "./LeaveRoom";
import { MemberRow } from "./MemberRow";
import { moderates, useStanding } from "./moderation";
import { strings } from "./strings";

/** Members of a room, with actions for its moderators. */
export function People({ conversation, onClose }: { conversation: Conversation; onClose: () => void }) {
  const standing = useStanding(conversation);
  const { id, room_id } = conversation;
  const { ids, isError, refetch, hasMore } = useMembers(conversation);
  const [openId, setOpenId] = useState<string>();
  const text = strings.people;
  return (
    <Dialog title={text.title} close={text.close} onClose={onClose}>
      {!ids && !isError && <p role="status">{text.loading}</p>}
      {!ids && isError && (
        <p role="alert">
          {text.failed}{" "}
          <button type="button" className="link-button" onClick={() => void refetch()}>
            {text.retry}
          </button>
        </p>
      )}
      <ul className="members">
        {ids?.map((userId) => (
          <MemberRow
            key={userId}
            conversationId={id}
            roomId={room_id ?? ""}
            userId={userId}
            standing={standing}
            isOpen={openId === userId}
            onOpen={(isOpen) => setOpenId(isOpen ? userId : undefined)}
          />
        ))}
      </ul>
      {hasMore && <MoreMembers conversationId={id} roomId={room_id ?? ""} />}
      {room_id && moderates(standing) && <Bans roomId={room_id} />}
      <div className="when-narrow dialog-footer">
        <LeaveRoom conversation={conversation} />
      </div>
    </Dialog>
  );
}

function MoreMembers({ conversationId, roomId }: { conversationId: string; roomId: string }) {
  const live = useLive();
  const [isLoading, setLoading] = useState(false);
  const load = async () => {
    setLoading(true);
    try {
      await live.members.loadMore(conversationId, roomId);
    } catch (error) {
      live.report(error);
    }
    setLoading(false);
  };
  return (
    <div className="dialog-footer">
      <button type="button" className="button small-button" disabled={isLoading} onClick={() => void load()}>
        {strings.people.more}
      </button>
    </div>
  );
}
