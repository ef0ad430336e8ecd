import { type CachedMessage, keys, useCached, useLive, useUserName } from "../cache";
import { exactMoment } from "./format";
import { goToMessage } from "./jump";
import { Linkified } from "./linkify";
import { nameIn } from "./MessageText";
import { strings } from "./strings";
import { namedIn, systemLine, systemNews } from "./systemMessages";

/** A message of the system: a line without sender, menu and reactions. */
export function SystemLine({ message }: { message: CachedMessage }) {
  const live = useLive();
  const { conversation_id, body, created_at, deleted_at, sender_id, sender_name } = message;
  // Names are known once the members are loaded.
  useCached(keys.members(conversation_id));
  const news = systemNews(message);
  const { messageId } = news;
  const known = (id: string) => nameIn(live, conversation_id, id) ?? (id === sender_id ? sender_name : undefined);
  // Who has left is no member any more. A line names four people at most.
  const unknown = namedIn(news).filter((id) => known(id) === undefined);
  const [first = "", second = "", third = "", fourth = ""] = unknown;
  const fetched = new Map([
    [first, useUserName(first, first !== "")],
    [second, useUserName(second, second !== "")],
    [third, useUserName(third, third !== "")],
    [fourth, useUserName(fourth, fourth !== "")],
  ]);
  const line = systemLine(news, body, (id) => known(id) ?? fetched.get(id));
  return (
    <p className="system-line">
      <span>{deleted_at ? strings.messages.deleted : line === body ? <Linkified text={line} /> : line}</span>{" "}
      {messageId && !deleted_at && (
        <button type="button" className="link-button" onClick={() => goToMessage(live, conversation_id, messageId)}>
          {strings.saved.go}
        </button>
      )}{" "}
      <time className="visually-hidden" dateTime={created_at}>
        {exactMoment(created_at)}
      </time>
    </p>
  );
}
