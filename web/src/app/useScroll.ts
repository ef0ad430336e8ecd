import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { useLive } from "../cache";

/** Distance from the end that still counts as at the end, pixels. */
const NEAR_PX = 60;

/**
 * Keeps the scroll position: at the end if it was there, on the same message while older ones load
 * above, and at the first unread message when the conversation opens.
 */
export function useScroll(ids: string[], firstUnread: string | undefined, me: string) {
  const { store } = useLive();
  const scroller = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLOListElement>(null);
  const [atBottom, setAtBottom] = useState(true);
  const stick = useRef(true);
  const before = useRef<{ firstId: string | undefined; lastId: string | undefined; height: number; top: number }>(
    undefined,
  );

  const toBottom = useCallback((behavior: ScrollBehavior = "instant") => {
    const element = scroller.current;
    element?.scrollTo({ top: element.scrollHeight, behavior });
  }, []);

  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const [firstId, lastId] = [ids[0], ids.at(-1)];
    const was = before.current;
    if (!was) {
      const divider = firstUnread && element.querySelector<HTMLElement>(".unread-divider");
      if (divider) element.scrollTop = divider.offsetTop - 80;
      else toBottom();
      stick.current = isNearEnd(element);
      setAtBottom(stick.current);
    } else if (was.firstId !== firstId && was.lastId === lastId) {
      element.scrollTop = was.top + (element.scrollHeight - was.height);
    } else if (was.lastId !== lastId) {
      const last = lastId ? store.message(lastId) : undefined;
      if (stick.current || (last?.sender_id === me && last.delivery === "pending")) toBottom();
    }
    before.current = { firstId, lastId, height: element.scrollHeight, top: element.scrollTop };
  }, [ids, firstUnread, me, store, toBottom]);

  useEffect(() => {
    const element = scroller.current;
    const content = list.current;
    if (!element || !content) return;
    const onScroll = () => {
      stick.current = isNearEnd(element);
      setAtBottom(stick.current);
      if (before.current) before.current = { ...before.current, height: element.scrollHeight, top: element.scrollTop };
    };
    // A keyboard, a growing composer or an edit changes the height: the end stays visible.
    const observer = new ResizeObserver(() => {
      if (stick.current) toBottom();
    });
    observer.observe(element);
    observer.observe(content);
    element.addEventListener("scroll", onScroll, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", onScroll);
    };
  }, [toBottom]);

  return { scroller, list, atBottom, toBottom };
}

function isNearEnd(element: HTMLElement): boolean {
  return element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_PX;
}
