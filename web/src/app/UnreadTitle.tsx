import { useQueries } from "@tanstack/react-query";
import { useEffect } from "react";
import { usePanicAlerts } from "../alerts/hooks";
import { keys, useInbox } from "../cache";
import type { Conversation } from "../client";
import { alertStrings } from "./alerts/strings";
import { isQuiet } from "./notifications";
import { strings } from "./strings";

/** Archived conversations and those without notifications are left out. */
function countOf(conversation: Conversation | undefined): number {
  if (!conversation || conversation.preferences?.archived || isQuiet(conversation.preferences)) return 0;
  return conversation.unread_count;
}

/** Shows the number of unread messages, or of open alerts, in the window's title. */
export function UnreadTitle() {
  const { ids = [] } = useInbox();
  const unread = useQueries({
    queries: ids.map((id) => ({ queryKey: keys.conversation(id), enabled: false })),
    combine: (results) => results.reduce((sum, { data }) => sum + countOf(data as Conversation | undefined), 0),
  });
  const alerts = usePanicAlerts().activeAlerts.length;
  useEffect(() => {
    const plain = unread > 0 ? `(${unread}) ${strings.appName}` : strings.appName;
    document.title = alerts > 0 ? alertStrings.banner.title(alerts, strings.appName) : plain;
  }, [unread, alerts]);
  return null;
}
