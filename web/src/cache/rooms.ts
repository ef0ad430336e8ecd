import type { Api, ConversationUpdated, ModerationApi, Room, RoomRules } from "../client";
import { FetchOverlap } from "./fetchOverlap";
import { keys } from "./keys";
import type { Store } from "./store";

/** Rooms of opened conversations: who may write in them, and how often. */
export class Rooms {
  readonly #overlap = new FetchOverlap<ConversationUpdated>();

  constructor(
    readonly api: Api,
    readonly moderation: ModerationApi,
    readonly store: Store,
  ) {}

  /** Also the query function of the room's key. */
  async load(roomId: string): Promise<Room> {
    const { answer, missed } = await this.#overlap.during(this.api.room(roomId));
    this.store.set(keys.room(roomId), answer);
    for (const event of missed) this.apply(event);
    return this.store.get<Room>(keys.room(roomId)) ?? answer;
  }

  apply(event: ConversationUpdated): void {
    this.#overlap.record(event);
    const roomId = this.store.conversation(event.conversation_id)?.room_id;
    const room = roomId ? this.store.get<Room>(keys.room(roomId)) : undefined;
    if (!room || room.conversation_id !== event.conversation_id) return;
    const { description, name, post, slow_mode_s, visibility } = event.partial;
    this.store.set<Room>(keys.room(room.id), {
      ...room,
      updated_at: event.at,
      ...(description !== undefined && { description }),
      ...(name !== undefined && { name }),
      ...(post && { post }),
      ...(slow_mode_s !== undefined && { slow_mode_s }),
      ...(visibility && { visibility }),
    });
  }

  async change(roomId: string, rules: RoomRules): Promise<void> {
    this.store.set(keys.room(roomId), await this.moderation.changeRoom(roomId, rules));
  }
}
