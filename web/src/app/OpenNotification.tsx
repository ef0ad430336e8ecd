import { useEffect, useRef } from "react";
import { useLive, usePanel } from "../cache";
import type { Notification } from "../client";
import { openMessage, placeOf } from "./notificationPlace";
import { goToConversation, goToInvite, inboxLink, replaceRoute } from "./route";
import { strings } from "./strings";

/** Opens what a pushed notification leads to. Its message has neither the position nor the thread, so the notification is looked up. */
export function OpenNotification({ id }: { id: string }) {
  const live = useLive();
  const [, show] = usePanel();
  const isDone = useRef(false);

  useEffect(() => {
    if (isDone.current) return;
    isDone.current = true;
    const open = (notification: Notification | undefined) => {
      const place = notification && placeOf(notification);
      if (!place || place.to === "nothing" || place.to === "address") return show("notifications");
      void live.notifications.read(id).catch(() => {
        // It stays unread.
      });
      if (place.to === "panel") return show(place.panel);
      if (place.to === "invite") return goToInvite(place.name);
      if (place.to === "conversation") return goToConversation(place.conversationId);
      return void live.attempt(openMessage(live, place));
    };
    const leave = (notification: Notification | undefined) => {
      // Going back leads to the inbox. A dialog that opens before the route has changed would close.
      window.addEventListener("hashchange", () => open(notification), { once: true });
      replaceRoute(inboxLink);
    };
    live.notifications.find(id).then(leave, () => leave(undefined));
  }, [id, live, show]);

  return (
    <main className="nothing-open">
      <p role="status">{strings.notifications.opening}</p>
    </main>
  );
}
