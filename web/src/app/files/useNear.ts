import { type RefObject, useEffect, useState } from "react";

/** How far outside of the screen an element counts as near. */
const MARGIN = "400px";

/** Whether an element is, or once was, in or near the visible part of the page. */
export function useNear(element: RefObject<HTMLElement | null>): boolean {
  const [isNear, setNear] = useState(false);
  useEffect(() => {
    if (isNear || !element.current) return;
    const observer = new IntersectionObserver(
      (entries) => entries.some(({ isIntersecting }) => isIntersecting) && setNear(true),
      // The margin is that of the part that scrolls.
      { root: element.current.closest(".messages"), rootMargin: MARGIN },
    );
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element, isNear]);
  return isNear;
}
