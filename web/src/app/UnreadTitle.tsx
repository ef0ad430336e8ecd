import { useQueries } from "@tanstack/react-query";
import { useEffect } from "react";
import { usePanicAlerts } from "../alerts/hooks";
import { keys, useInbox } from "../cache";
import type { Conversation } from "../client";
import { alertStrings } from "./alerts/strings";
import { strings } from "./strings";

/** Shows the number of unread messages, or of open alerts, in the window's title. */
export function UnreadTitle() {
  const { ids = [] } = useInbox();
  const unread = useQueries({
    queries: ids.map((id) => ({ queryKey: keys.conversation(id), enabled: false })),
    combine: (results) =>
      results.reduce((sum, { data }) => sum + ((data as Conversation | undefined)?.unread_count ?? 0), 0),
  });
  const alerts = usePanicAlerts().activeAlerts.length;
  useEffect(() => {
    const plain = unread > 0 ? `(${unread}) ${strings.appName}` : strings.appName;
    document.title = alerts > 0 ? alertStrings.banner.title(alerts, strings.appName) : plain;
  }, [unread, alerts]);
  return null;
}
