import { type RefObject, useEffect, useState } from "react";
import { type Jump, keys, type LiveCache, useJump, useLive } from "../cache";
import { Problem } from "../client";
import { goToConversation } from "./route";
import { strings } from "./strings";

/** Opens a conversation and scrolls to a message. */
export function goToMessage({ store }: LiveCache, conversationId: string, messageId: string): void {
  store.set<Jump>(keys.jump(conversationId), { messageId });
  goToConversation(conversationId);
}

/**
 * Carries out a jump in a list of messages: loads back to the message, scrolls to it, and gives it the focus. Returns the id of
 * the message, which the list marks.
 */
export function useJumpTarget(conversationId: string, ids: string[], list: RefObject<HTMLElement | null>) {
  const live = useLive();
  const jump = useJump(conversationId);
  const [target, setTarget] = useState<Jump>();
  useEffect(() => {
    if (!jump) return;
    let isOver = false;
    void live.histories.loadBackTo(conversationId, jump.messageId).then((isFound) => {
      if (isOver) return;
      live.store.set<Jump | null>(keys.jump(conversationId), null);
      if (isFound) setTarget(jump);
      else live.onProblem(new Problem("not-found", 404, strings.saved.gone));
    });
    return () => {
      isOver = true;
    };
  }, [live, conversationId, jump]);
  const isLoaded = target !== undefined && ids.includes(target.messageId);
  useEffect(() => {
    if (!target || !isLoaded) return;
    const row = list.current?.querySelector<HTMLElement>(`[data-message="${CSS.escape(target.messageId)}"]`);
    row?.scrollIntoView({ block: "center" });
    row?.focus({ preventScroll: true });
  }, [target, isLoaded, list]);
  return target?.messageId;
}
