import { useEffect, useRef, useState } from "react";
import { keys, useLive } from "../cache";
import type { Block } from "../client";
import { summaryOf } from "./files/summary";
import { strings } from "./strings";

/**
 * Announces new messages of other users to screen readers. Separate from the list, so that a page of older messages
 * and messages of the user and of people that they have blocked are not announced.
 */
export function Announcer({ ids }: { ids: string[] }) {
  const live = useLive();
  const { store, me } = live;
  const announcedSeq = useRef<number>(undefined);
  const [words, setWords] = useState("");
  useEffect(() => {
    const messages = ids.map((id) => store.message(id)).filter((message) => message && !message.delivery);
    const newest = messages.at(-1)?.seq ?? 0;
    const since = announcedSeq.current;
    announcedSeq.current = Math.max(newest, since ?? 0);
    if (since === undefined) return;
    const blocked = store.get<Block[]>(keys.blocks)?.map(({ user_id }) => user_id) ?? [];
    const isHeard = (sender: string) => sender !== me.user_id && !blocked.includes(sender);
    const fresh = messages.filter(
      (message) => message && message.type !== "system" && message.seq > since && isHeard(message.sender_id),
    );
    if (fresh.length === 0) return;
    const said = fresh.map((message) => {
      const { sender_name = "", body = null, attachments, conversation_id = "" } = message ?? {};
      return strings.messages.arrived(sender_name, summaryOf(live, conversation_id, { body, attachments }));
    });
    setWords(said.join("\n"));
  }, [ids, live, store, me]);
  return (
    <div className="visually-hidden" aria-live="polite">
      {words}
    </div>
  );
}
