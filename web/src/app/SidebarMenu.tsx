import { useModeratesAny, usePanel } from "../cache";
import { MoreIcon } from "./Icons";
import { MenuItem, Popover } from "./Popover";
import { strings } from "./strings";

/** Opens what belongs to no single conversation. */
export function SidebarMenu() {
  const [, show] = usePanel();
  const isModerator = useModeratesAny();
  return (
    <Popover label={strings.sidebar.more} icon={<MoreIcon />} className="icon-button">
      {(close) => {
        const item = (panel: Parameters<typeof show>[0], label: string) => (
          <MenuItem
            onClick={() => {
              close();
              show(panel);
            }}
          >
            {label}
          </MenuItem>
        );
        return (
          <div className="menu">
            {item("saved", strings.saved.open)}
            {item("scheduled", strings.scheduled.open)}
            {item("blocks", strings.blocks.open)}
            {isModerator && item("reports", strings.reports.open)}
            {item("notification-settings", strings.notificationSettings.open)}
          </div>
        );
      }}
    </Popover>
  );
}
