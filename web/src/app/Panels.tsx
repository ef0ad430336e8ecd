import { usePanel } from "../cache";
import { BlockedPeople } from "./BlockedPeople";
import { NotificationList } from "./NotificationList";
import { NotificationSettings } from "./NotificationSettings";
import { ReportQueue } from "./ReportQueue";
import { SavedMessages } from "./SavedMessages";
import { ScheduledMessages } from "./ScheduledMessages";
import { SearchDialog } from "./search/SearchDialog";

/** The dialogs that belong to no single conversation, one at a time. */
export function Panels() {
  const [panel, show] = usePanel();
  const close = () => show(null);
  switch (panel) {
    case "search":
      return <SearchDialog onClose={close} />;
    case "notifications":
      return <NotificationList onClose={close} />;
    case "notification-settings":
      return <NotificationSettings onClose={close} />;
    case "scheduled":
      return <ScheduledMessages onClose={close} />;
    case "saved":
      return <SavedMessages onClose={close} />;
    case "blocks":
      return <BlockedPeople onClose={close} />;
    case "reports":
      return <ReportQueue onClose={close} />;
    case undefined:
      return null;
  }
}
