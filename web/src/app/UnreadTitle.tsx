import { useQueries } from "@tanstack/react-query";
import { useEffect } from "react";
import { keys, useInbox } from "../cache";
import type { Conversation } from "../client";
import { strings } from "./strings";

/** The number of unread messages in the window's title, where one sees it from another tab. */
export function UnreadTitle() {
  const { ids = [] } = useInbox();
  const unread = useQueries({
    queries: ids.map((id) => ({ queryKey: keys.conversation(id), enabled: false })),
    combine: (results) =>
      results.reduce((sum, { data }) => sum + ((data as Conversation | undefined)?.unread_count ?? 0), 0),
  });
  useEffect(() => {
    document.title = unread > 0 ? `(${unread}) ${strings.appName}` : strings.appName;
  }, [unread]);
  return null;
}
