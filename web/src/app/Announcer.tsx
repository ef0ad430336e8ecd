import { useEffect, useRef, useState } from "react";
import { useLive } from "../cache";
import { strings } from "./strings";

/**
 * Announces new messages of other users to screen readers. Separate from the list, so that a page of older messages
 * and the user's own messages are not announced.
 */
export function Announcer({ ids }: { ids: string[] }) {
  const { store, me } = useLive();
  const announcedSeq = useRef<number>(undefined);
  const [words, setWords] = useState("");
  useEffect(() => {
    const messages = ids.map((id) => store.message(id)).filter((message) => message && !message.delivery);
    const newest = messages.at(-1)?.seq ?? 0;
    const since = announcedSeq.current;
    announcedSeq.current = Math.max(newest, since ?? 0);
    if (since === undefined) return;
    const fresh = messages.filter((message) => message && message.seq > since && message.sender_id !== me.user_id);
    if (fresh.length === 0) return;
    setWords(
      fresh.map((message) => strings.messages.arrived(message?.sender_name ?? "", message?.body ?? "")).join("\n"),
    );
  }, [ids, store, me]);
  return (
    <div className="visually-hidden" aria-live="polite">
      {words}
    </div>
  );
}
