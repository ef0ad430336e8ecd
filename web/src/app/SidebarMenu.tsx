import { useState } from "react";
import { useModeratesAny } from "../cache";
import { BlockedPeople } from "./BlockedPeople";
import { MoreIcon } from "./Icons";
import { MenuItem, Popover } from "./Popover";
import { ReportQueue } from "./ReportQueue";
import { SavedMessages } from "./SavedMessages";
import { strings } from "./strings";

/** What belongs to no single conversation: saved messages, blocked people, and the reports of a moderator. */
export function SidebarMenu() {
  const [shown, setShown] = useState<"saved" | "blocks" | "reports">();
  const isModerator = useModeratesAny();
  const hide = () => setShown(undefined);
  return (
    <>
      <Popover label={strings.sidebar.more} icon={<MoreIcon />} className="icon-button">
        {(close) => {
          const show = (what: typeof shown) => {
            close();
            setShown(what);
          };
          return (
            <div className="menu">
              <MenuItem onClick={() => show("saved")}>{strings.saved.open}</MenuItem>
              <MenuItem onClick={() => show("blocks")}>{strings.blocks.open}</MenuItem>
              {isModerator && <MenuItem onClick={() => show("reports")}>{strings.reports.open}</MenuItem>}
            </div>
          );
        }}
      </Popover>
      {shown === "saved" && <SavedMessages onClose={hide} />}
      {shown === "blocks" && <BlockedPeople onClose={hide} />}
      {shown === "reports" && <ReportQueue onClose={hide} />}
    </>
  );
}
