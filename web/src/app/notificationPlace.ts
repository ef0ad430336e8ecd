import type { LiveCache } from "../cache";
import type { Notification } from "../client";
import { goToMessage, goToReply } from "./jump";
import { strings } from "./strings";

/** Where a notification leads. */
export type NotificationPlace =
  | { to: "message"; conversationId: string; messageId: string; isReply: boolean }
  | { to: "conversation"; conversationId: string }
  | { to: "invite"; name: string }
  | { to: "panel"; panel: "reports" | "scheduled" }
  /** A backend's address: of this origin, or of another by HTTPS. */
  | { to: "address"; href: string; isOfPage: boolean }
  | { to: "nothing" };

/** A backend's address, if the page may lead to it. */
export function safeAddress(url: string, page = window.location.href): { href: string; isOfPage: boolean } | undefined {
  if (!URL.canParse(url, page)) return undefined;
  const [address, { origin }] = [new URL(url, page), new URL(page)];
  const isOfPage = address.origin === origin && /^https?:$/.test(address.protocol);
  // A name and password in front of the host hide where it leads.
  const isHidden = address.username !== "" || address.password !== "";
  return (isOfPage || address.protocol === "https:") && !isHidden ? { href: address.href, isOfPage } : undefined;
}

export function placeOf({ kind, url, message, conversation_id, data }: Notification): NotificationPlace {
  const address = url === null ? undefined : safeAddress(url);
  if (address) return { to: "address", ...address };
  if (kind === "report") return { to: "panel", panel: "reports" };
  if (kind === "scheduled_failed") return { to: "panel", panel: "scheduled" };
  const invite = data?.["invite_id"];
  if (kind === "invite") return typeof invite === "string" ? { to: "invite", name: invite } : { to: "nothing" };
  if (!conversation_id) return { to: "nothing" };
  if (!message) return { to: "conversation", conversationId: conversation_id };
  const isReply = message.parent_id !== null;
  return { to: "message", conversationId: conversation_id, messageId: message.id, isReply };
}

/** Opens a message: a reply in its thread, which is looked up if the message is not loaded. */
export async function openMessage(
  live: LiveCache,
  {
    conversationId,
    messageId,
    isReply,
  }: Pick<NotificationPlace & { to: "message" }, "conversationId" | "messageId" | "isReply">,
): Promise<void> {
  if (!isReply) return goToMessage(live, conversationId, messageId);
  let reply = live.store.message(messageId);
  if (!reply) {
    const { data } = await live.client.api.replies(messageId, { around: messageId, limit: 1 });
    reply = data.find(({ id }) => id === messageId);
  }
  // One from before there were threads is in its conversation.
  if (reply?.thread_id == null) goToMessage(live, conversationId, messageId);
  else goToReply(live, conversationId, reply.thread_id, messageId);
}

/** What happened, in one line. */
export function titleOfNotification({ kind, title, actor, message, data }: Notification): string {
  const text = strings.notifications;
  const { kinds } = text;
  const name = actor?.name || message?.sender_name || text.somebody;
  const emoji = data?.["emoji"];
  const all = data?.["mention"];
  switch (kind) {
    case "mention":
      return all === "here" || all === "room" ? kinds.mention_all(name, all) : kinds.mention(name);
    case "reply":
    case "direct_message":
    case "report":
      return kinds[kind](name);
    case "invite":
      return kinds.invite(name, title ?? "");
    case "reaction":
      return kinds.reaction(name, typeof emoji === "string" ? emoji : "");
    case "scheduled_failed":
      return kinds.scheduled_failed;
    default:
      return title || kinds.other;
  }
}
