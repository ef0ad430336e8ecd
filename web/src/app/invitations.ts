import { useMutation } from "@tanstack/react-query";
import { useLive } from "../cache";
import { type Conversation, type InviteDraft, Problem } from "../client";
import { goToConversation } from "./route";

/** Accepts an invite by its id or token, and opens the room. */
export function useAcceptInvite(onRefused: (problem: Problem) => void) {
  const live = useLive();
  return useMutation({
    mutationFn: async (name: string) => {
      const room = await live.invites.accept(name);
      await live.joined(room.conversation_id);
      return room;
    },
    onSuccess: (room) => goToConversation(room.conversation_id),
    onError: (error) => onRefused(Problem.of(error)),
  });
}

export function useMakeInvite({ id, room_id }: Conversation) {
  const live = useLive();
  return useMutation({ mutationFn: (draft: InviteDraft) => live.roomInvites.make(id, room_id ?? "", draft) });
}
