import { useEffect, useRef, useState } from "react";
import { useLive } from "../cache";
import { Problem, randomId } from "../client";
import { refusalOf } from "./sendTimes";

interface Message {
  text: string;
  quoteId: string | undefined;
  alsoInChannel: boolean;
}

/** What became of the last message that was scheduled here. */
export type Later = { state: "busy" } | { state: "scheduled"; at: string } | { state: "refused"; why: string };

/** Schedules a message of the composer. The text stays until the server has it. */
export function useSendLater(conversationId: string, parentId: string | undefined) {
  const live = useLive();
  const [later, setLater] = useState<Later>();
  /** The last attempt: a repeat of it is the same message, whether or not the server has it. */
  const attempt = useRef({ content: "", clientMsgId: "" });
  // Another place has another composer, or none.
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs when the place changes
  useEffect(() => () => setLater(undefined), [conversationId, parentId]);

  const schedule = async ({ text, quoteId, alsoInChannel }: Message, at: Date, onScheduled: () => void) => {
    setLater({ state: "busy" });
    const content = JSON.stringify([text, quoteId, alsoInChannel, at]);
    if (attempt.current.content !== content) attempt.current = { content, clientMsgId: randomId() };
    const { clientMsgId } = attempt.current;
    const message = { conversationId, parentId, clientMsgId, body: text, quoteId, alsoInChannel };
    try {
      const { send_at } = await live.scheduled.send(message, at);
      attempt.current = { content: "", clientMsgId: "" };
      setLater({ state: "scheduled", at: send_at });
      onScheduled();
    } catch (error) {
      setLater({ state: "refused", why: refusalOf(error, at) });
      // Without an answer the server may have it all the same.
      if (Problem.of(error).isTemporary) live.scheduled.load().catch(() => {});
    }
  };
  return { later, schedule, forget: () => setLater(undefined) };
}
