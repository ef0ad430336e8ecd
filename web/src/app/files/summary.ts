import type { CachedMessage, LiveCache } from "../../cache";
import type { Attachment } from "../../client";
import { withNames } from "../MessageText";
import { inWords } from "./fileWords";

interface Said {
  body: string | null;
  attachments?: Attachment[] | undefined;
}

/** A message in one line: its files in words, then its text. Empty if it is deleted. */
export function summaryOf(live: LiveCache, conversationId: string, { body, attachments = [] }: Said): string {
  return [inWords(attachments), withNames(live, conversationId, body ?? "")].filter(Boolean).join(" · ");
}

/** Whether a message is nothing but its files. */
export function isOnlyFiles({ body, attachments = [] }: Pick<CachedMessage, "body" | "attachments">): boolean {
  return body === "" && attachments.length > 0;
}
