import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { keys, useLive } from "../cache";
import type { Conversation, Room } from "../client";
import { Problem } from "../client";
import { goToConversation, goToInbox } from "./route";

/** Rooms that the person can find, with and without them. */
export function useRooms(): Room[] {
  const { client } = useLive();
  const queryFn = async () => (await client.api.rooms()).data;
  // No socket tells of new rooms; who comes back to the window sees them.
  return useQuery({ queryKey: keys.rooms, queryFn, staleTime: 30_000, refetchOnWindowFocus: true }).data ?? [];
}

function useRoomPatch() {
  const queries = useQueryClient();
  return (id: string, change: (room: Room) => Partial<Room>) =>
    queries.setQueryData<Room[]>(keys.rooms, (rooms) =>
      rooms?.map((room) => (room.id === id ? { ...room, ...change(room) } : room)),
    );
}

function asProblem(error: unknown): Problem {
  return error instanceof Problem ? error : Problem.unreachable();
}

export function useJoinRoom() {
  const live = useLive();
  const patch = useRoomPatch();
  return useMutation({
    mutationFn: async (room: Room) => {
      await live.client.api.joinRoom(room.id);
      await live.joined(room.conversation_id);
    },
    onSuccess: (_, room) => {
      patch(room.id, ({ member_count }) => ({ role: "member", member_count: member_count + 1 }));
      goToConversation(room.conversation_id);
    },
    onError: (error) => live.onProblem(asProblem(error)),
  });
}

export function useLeaveRoom() {
  const live = useLive();
  const patch = useRoomPatch();
  return useMutation({
    mutationFn: (conversation: Conversation) => live.client.api.leaveRoom(conversation.room_id ?? ""),
    onSuccess: (_, { id, room_id }) => {
      if (room_id) patch(room_id, ({ member_count }) => ({ role: null, member_count: member_count - 1 }));
      goToInbox();
      live.left(id);
    },
    onError: (error) => live.onProblem(asProblem(error)),
  });
}
