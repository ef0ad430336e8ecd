import { useNotificationCount, usePanel } from "../cache";
import { Bell } from "./Icons";
import { strings } from "./strings";

/** Opens the notifications, and shows how many are unread. */
export function NotificationBell() {
  const count = useNotificationCount();
  const [, show] = usePanel();
  const label = strings.notifications.open(count);
  return (
    <button
      type="button"
      className="icon-button notification-bell"
      onClick={() => show("notifications")}
      aria-label={label}
      title={label}
    >
      <Bell />
      {count > 0 && (
        <span className="badge" aria-hidden="true">
          {count > 99 ? "99+" : count}
        </span>
      )}
    </button>
  );
}
