import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type CachedMember, keys, useLive } from "../cache";
import type { Ban, Conversation, Page, Role, Room, Visibility } from "../client";

/**
 * Mirror of the server's policy. The server decides; these functions only hide actions that it would
 * refuse.
 */
export interface Standing {
  role: Role | null;
  /** Administrator of the app. */
  isAdmin: boolean;
}

/** Longest reason and note that the server accepts, characters. */
export const MAX_REASON_CHARS = 500;

const RANK: Record<Role, number> = { member: 0, moderator: 1, owner: 2 };

function isAbove({ role, isAdmin }: Standing, target: Role): boolean {
  return isAdmin || (role !== null && RANK[role] > RANK[target]);
}

export function moderates({ role, isAdmin }: Standing): boolean {
  return isAdmin || role === "moderator" || role === "owner";
}

/** Administrators moderate rooms, but neither groups nor direct conversations. */
function moderatesHere({ role, isAdmin }: Standing, { type }: Pick<Conversation, "type">): boolean {
  return moderates({ role, isAdmin: isAdmin && type === "room" });
}

/**
 * `@here` and `@room`. The app's setting may open them to all members, but no answer tells that, so only those are offered them who may
 * use them in any case.
 */
export function mayMentionAll(standing: Standing, conversation: Pick<Conversation, "type"> | undefined): boolean {
  return conversation !== undefined && conversation.type !== "dm" && moderatesHere(standing, conversation);
}

/** Moderators, and either person of a direct conversation. */
export function mayPin(standing: Standing, conversation: Pick<Conversation, "type">): boolean {
  return conversation.type === "dm" || moderatesHere(standing, conversation);
}

/** The texts of a message that edits replaced: its author, and moderators. */
export function maySeeEarlier(standing: Standing, conversation: Pick<Conversation, "type">, isOwn: boolean): boolean {
  return isOwn || (conversation.type !== "dm" && moderatesHere(standing, conversation));
}

/** Messages, edits, reactions and pins, apart from mutes and blocks: in a room for announcements, those who moderate it. */
export function mayPost(standing: Standing, room: Pick<Room, "post"> | undefined): boolean {
  return room?.post !== "moderators" || moderates(standing);
}

/** Mute, remove, ban. */
export function mayModerate(standing: Standing, target: Role): boolean {
  return moderates(standing) && isAbove(standing, target);
}

export function mayChangeRole(standing: Standing, from: Role, to: Role): boolean {
  return (standing.isAdmin || standing.role === "owner") && (isAbove(standing, from) || isAbove(standing, to));
}

/** Everybody in a public room, to a private one who could add people. */
export function mayInvite(standing: Standing, room: { room_visibility: Visibility | null }): boolean {
  return moderates(standing) || (standing.role !== null && room.room_visibility === "public");
}

export function useStanding({ role }: Pick<Conversation, "role">): Standing {
  const { me } = useLive();
  return { role, isAdmin: me.isAdmin ?? false };
}

export type Act =
  | { do: "mute"; forMs: number }
  | { do: "unmute" }
  | { do: "change role"; role: Role }
  | { do: "remove" }
  | { do: "ban"; reason: string };

/** Moderates a member. The room's socket delivers the result. */
export function useAct(roomId: string, { user_id, name }: CachedMember) {
  const live = useLive();
  const patchBans = useBansPatch(roomId);
  const { api } = live.client;
  return useMutation({
    mutationFn: (act: Act) => {
      switch (act.do) {
        case "mute":
          return api.mute(roomId, user_id, new Date(Date.now() + act.forMs).toISOString());
        case "unmute":
          return api.unmute(roomId, user_id);
        case "change role":
          return api.changeRole(roomId, user_id, act.role);
        case "remove":
          return api.removeMember(roomId, user_id);
        case "ban":
          return api.ban(roomId, user_id, act.reason);
      }
    },
    onSuccess: (_, act) => {
      if (act.do !== "ban") return;
      const imposed = { imposed_by: live.me.user_id, imposed_at: new Date().toISOString() };
      const ban: Ban = { user_id, name, until: null, reason: act.reason, ...imposed };
      patchBans((bans) => [...bans.filter((known) => known.user_id !== user_id), ban]);
    },
    onError: (error) => live.report(error),
  });
}

export function useLiftBan(roomId: string) {
  const live = useLive();
  const patchBans = useBansPatch(roomId);
  return useMutation({
    mutationFn: (userId: string) => live.client.api.unban(roomId, userId),
    onSuccess: (_, userId) => patchBans((bans) => bans.filter(({ user_id }) => user_id !== userId)),
    onError: (error) => live.report(error),
  });
}

function useBansPatch(roomId: string) {
  const queries = useQueryClient();
  return (change: (bans: Ban[]) => Ban[]) =>
    queries.setQueryData<Page<Ban>>(keys.bans(roomId), (page) => page && { ...page, data: change(page.data) });
}
