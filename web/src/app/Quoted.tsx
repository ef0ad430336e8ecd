import { type CachedMessage, useIsBlocked, useLive, useMessage, useQuote } from "../cache";
import { isThreadOnly } from "../client";
import { summaryOf } from "./files/summary";
import { goToMessage, goToReply } from "./jump";
import { strings } from "./strings";

/** The quote of a message; activating it leads to the original. */
export function Quoted({ message }: { message: CachedMessage }) {
  const live = useLive();
  const quote = useQuote(message);
  const original = useMessage(message.quote_id ?? "");
  const isBlocked = useIsBlocked(original);
  const text = strings.quotes;
  const { conversation_id, quote_id } = message;
  if (!quote_id) return null;
  const go = () => {
    const threadId = original && isThreadOnly(original) ? original.thread_id : undefined;
    if (threadId) goToReply(live, conversation_id, threadId, quote_id);
    else goToMessage(live, conversation_id, quote_id);
  };
  // What a message that is not loaded has besides its text is not known.
  const said = quote ? summaryOf(live, conversation_id, quote) || strings.files.attachment : "";
  const body = quote?.body == null ? text.deleted : said;
  const words = !quote ? text.loading : isBlocked ? strings.messages.fromBlocked : body;
  return (
    <button type="button" className="quote" onClick={go}>
      <span className="visually-hidden">{text.label} </span>
      {quote?.sender_name && <span className="quote-sender">{quote.sender_name}</span>}
      <span className={`quote-text${quote?.body == null || isBlocked ? " quote-gone" : ""}`}>{words}</span>
    </button>
  );
}
