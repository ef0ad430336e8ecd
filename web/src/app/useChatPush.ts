import { useEffect } from "react";
import { type NotificationsOver, useLive } from "../cache";
import { ChatPush, type ShownNotification } from "./chatPush";
import { goToNotification } from "./route";
import { workers } from "./security/push";

/** Whether a notification that the device shows is over. Its message does not carry the position in the conversation. */
export function isOver({ partial, conversation_id }: NotificationsOver, shown: ShownNotification): boolean {
  const { ids, up_to, up_to_seq } = partial;
  if (shown.id === undefined) return false;
  if (ids) return ids.includes(shown.id);
  if (up_to !== undefined) return shown.id <= up_to;
  return up_to_seq !== undefined && shown.conversation_id === conversation_id;
}

/** On page load: renews the device's subscription. Opens what the user clicks, and closes what they have read elsewhere. */
export function useChatPush(): void {
  const { client, me, notifications } = useLive();
  useEffect(() => {
    const push = new ChatPush(client.notifications, me.user_id);
    const renew = () => {
      push.renew().catch(() => {
        // The next page load retries; the settings show the state.
      });
    };
    renew();
    const onMessage = ({ data }: MessageEvent) => {
      if (data?.type === "renew-chat-push") renew();
      if (typeof data?.id !== "string") return;
      if (data.type === "open-notification") goToNotification(data.id);
      if (data.type === "read-notification") {
        notifications.read(data.id).catch(() => {
          // It stays unread.
        });
      }
    };
    const worker = workers();
    worker?.addEventListener("message", onMessage);
    const stop = notifications.onOver((over) => {
      push
        .close((shown) => isOver(over, shown))
        .catch(() => {
          // The device shows them until the user dismisses them.
        });
    });
    return () => {
      stop();
      worker?.removeEventListener("message", onMessage);
    };
  }, [client, me, notifications]);
}
