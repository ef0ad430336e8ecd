import type { PinChanged, ReactionChanged, ReactionCount, ThreadUpdated } from "../client";
import { keys } from "./keys";
import type { Store } from "./store";
import type { CachedMessage } from "./types";

export type AnnotationEvent = ReactionChanged | PinChanged | ThreadUpdated;

export function isAnnotation(event: { event: string }): event is AnnotationEvent {
  return (
    event.event === "reaction.added" ||
    event.event === "reaction.removed" ||
    event.event === "message.pinned" ||
    event.event === "message.unpinned" ||
    event.event === "thread.updated"
  );
}

/**
 * Applies a change of reactions, the pin or the number of replies to a loaded message. Counts are absolute, so a repeat changes
 * nothing. A deleted message keeps its thread only.
 */
export function applyAnnotation(store: Store, event: AnnotationEvent, me: string): void {
  const message = store.message(event.id);
  if (!message || (message.deleted_at && event.event !== "thread.updated")) return;
  store.set(keys.message(event.id), { ...message, ...changeBy(message, event, me) });
}

function changeBy(message: CachedMessage, event: AnnotationEvent, me: string): Partial<CachedMessage> {
  if (event.event === "thread.updated") {
    const { reply_count, last_reply_at } = event.partial;
    return { reply_count, last_reply_at };
  }
  if (!isReaction(event)) return event.partial;
  const { emoji, count, user_id } = event.partial;
  const { reactions = [] } = message;
  const known = reactions.find((one) => one.emoji === emoji);
  const isMine = user_id === me ? event.event === "reaction.added" : (known?.me ?? false);
  const others = reactions.filter((one) => one.emoji !== emoji);
  return { reactions: sorted(count > 0 ? [...others, { emoji, count, me: isMine }] : others) };
}

function isReaction(event: ReactionChanged | PinChanged): event is ReactionChanged {
  return event.event === "reaction.added" || event.event === "reaction.removed";
}

/** In the server's order: most used first, then by code points. */
function sorted(reactions: ReactionCount[]): ReactionCount[] {
  return reactions.sort((a, b) => b.count - a.count || compareCodePoints(a.emoji, b.emoji));
}

function compareCodePoints(a: string, b: string): number {
  const [one, other] = [a, b].map((text) => Array.from(text, (char) => char.codePointAt(0) ?? 0));
  if (!one || !other) return 0;
  for (const [index, point] of one.entries()) {
    const difference = point - (other[index] ?? -1);
    if (difference !== 0) return difference;
  }
  return one.length - other.length;
}
