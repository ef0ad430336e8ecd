import { useMutation, useQuery } from "@tanstack/react-query";
import { keys, setRoomRole, useLive } from "../cache";
import type { Conversation, Room } from "../client";
import { goToConversation, goToInbox } from "./route";

/** Rooms visible to the user, joined or not. */
export function useRooms(): Room[] {
  const { client } = useLive();
  const queryFn = async () => (await client.api.rooms()).data;
  // No socket event reports new rooms, so a window focus refetches.
  return useQuery({ queryKey: keys.rooms, queryFn, staleTime: 30_000, refetchOnWindowFocus: true }).data ?? [];
}

export function useJoinRoom() {
  const live = useLive();
  return useMutation({
    mutationFn: async (room: Room) => {
      await live.client.api.joinRoom(room.id);
      await live.joined(room.conversation_id);
    },
    onSuccess: (_, room) => {
      setRoomRole(live.store, room.id, "member");
      goToConversation(room.conversation_id);
    },
    onError: (error) => live.report(error),
  });
}

export function useLeaveRoom() {
  const live = useLive();
  return useMutation({
    mutationFn: (conversation: Conversation) => live.client.api.leaveRoom(conversation.room_id ?? ""),
    onSuccess: (_, { id, room_id }) => {
      if (room_id) setRoomRole(live.store, room_id, null);
      goToInbox();
      live.left(id);
    },
    onError: (error) => live.report(error),
  });
}
