import { type RefObject, useEffect, useRef, useState } from "react";
import { type Jump, keys, type LiveCache, useJump, useLive } from "../cache";
import { Problem } from "../client";
import { goToConversation, goToThread } from "./route";
import { strings } from "./strings";

/** Opens a conversation and scrolls to a message. */
export function goToMessage({ store }: LiveCache, conversationId: string, messageId: string): void {
  store.set<Jump>(keys.jump(conversationId), { messageId });
  goToConversation(conversationId);
}

/** Opens a thread and scrolls to a reply. */
export function goToReply({ store }: LiveCache, conversationId: string, threadId: string, messageId: string): void {
  store.set<Jump>(keys.jump(threadId), { messageId });
  goToThread(conversationId, threadId);
}

/**
 * Carries out a jump in a list of messages: loads back to the message, scrolls to it, and gives it the focus. `placeId` is the
 * conversation, or the first message of the thread; `list` has an element for every message. Returns the id of the message, which the
 * list marks.
 */
export function useJumpTarget(
  placeId: string,
  ids: string[],
  list: RefObject<HTMLElement | null>,
  loadBackTo: (messageId: string) => Promise<boolean>,
) {
  const live = useLive();
  const jump = useJump(placeId);
  const load = useRef(loadBackTo);
  load.current = loadBackTo;
  const [target, setTarget] = useState<Jump>();
  useEffect(() => {
    if (!jump) return;
    let isOver = false;
    void load.current(jump.messageId).then((isFound) => {
      if (isOver) return;
      live.store.set<Jump | null>(keys.jump(placeId), null);
      if (isFound) setTarget(jump);
      else live.onProblem(new Problem("not-found", 404, strings.saved.gone));
    });
    return () => {
      isOver = true;
    };
  }, [live, placeId, jump]);
  const isLoaded = target !== undefined && ids.includes(target.messageId);
  useEffect(() => {
    if (!target || !isLoaded) return;
    const row = list.current?.querySelector<HTMLElement>(`[data-message="${CSS.escape(target.messageId)}"]`);
    row?.scrollIntoView({ block: "center" });
    row?.focus({ preventScroll: true });
  }, [target, isLoaded, list]);
  return target?.messageId;
}
