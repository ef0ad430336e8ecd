import type { Block, PersonalApi } from "../client";
import { keys } from "./keys";
import type { Store } from "./store";

/** The people that the user has blocked. No event reports a change on another device. */
export class Blocks {
  constructor(
    readonly api: PersonalApi,
    readonly store: Store,
  ) {}

  /** Also the query function of their key. */
  async load(): Promise<Block[]> {
    const blocks = await this.api.blocks();
    this.store.set(keys.blocks, blocks);
    return blocks;
  }

  async block(userId: string): Promise<void> {
    const block = await this.api.block(userId);
    this.#change((blocks) => [block, ...blocks.filter(({ user_id }) => user_id !== userId)]);
  }

  async unblock(userId: string): Promise<void> {
    await this.api.unblock(userId);
    this.#change((blocks) => blocks.filter(({ user_id }) => user_id !== userId));
  }

  #change(change: (blocks: Block[]) => Block[]): void {
    const blocks = this.store.get<Block[]>(keys.blocks);
    if (blocks) this.store.set(keys.blocks, change(blocks));
  }
}
