import type { CachedMessage } from "../cache";
import { strings } from "./strings";

/** Most people who are named in one line. */
const MAX_NAMED = 3;

/** What a message of the system tells. */
export interface SystemNews {
  kind: string;
  /** Who did it. */
  actorId: string | undefined;
  /** The people that it is about. */
  userIds: string[];
  name: string | undefined;
  visibility: string | undefined;
  /** The message that was pinned. */
  messageId: string | undefined;
}

/** Reads the metadata of a message of the system. The application's own may have anything in it. */
export function systemNews({ metadata }: Pick<CachedMessage, "metadata">): SystemNews {
  const text = (field: string) => {
    const value = metadata?.[field];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const many = metadata?.["user_ids"];
  const listed = Array.isArray(many) ? many.filter((id) => typeof id === "string") : [];
  const one = text("user_id");
  return {
    kind: text("kind") ?? "",
    actorId: text("actor_id"),
    userIds: listed.length === 0 && one ? [one] : listed,
    name: text("name"),
    visibility: text("visibility"),
    messageId: text("message_id"),
  };
}

/** Ids of the people that the line names. */
export function namedIn({ actorId, userIds }: SystemNews): string[] {
  return [...new Set([...(actorId ? [actorId] : []), ...userIds.slice(0, MAX_NAMED)])];
}

/** The line that tells it. `body` is what the server or the application has written, for kinds that this page does not know. */
export function systemLine(news: SystemNews, body: string | null, nameOf: (id: string) => string | undefined): string {
  const text = strings.systemLines;
  const named = (id: string | undefined) => (id === undefined ? undefined : nameOf(id)) ?? text.somebody;
  const { kind, actorId, userIds } = news;
  const actor = named(actorId);
  const isOwnAct = userIds.length === 0 || (userIds.length === 1 && (actorId === undefined || userIds[0] === actorId));
  const people = namesOf(userIds.length > 0 ? userIds : [actorId], named);
  switch (kind) {
    case "joined":
      return isOwnAct || actorId === undefined || userIds.includes(actorId)
        ? text.joined(people, Math.max(1, userIds.length))
        : text.added(actor, people);
    case "left":
      return text.left(people);
    case "removed":
      return text.removed(actor, people);
    case "renamed":
      return text.renamed(actor, news.name ?? "");
    case "visibility":
      if (news.visibility === "public") return text.madePublic(actor);
      if (news.visibility === "private") return text.madePrivate(actor);
      break;
    case "pinned":
      return text.pinned(actor);
  }
  return body || text.other;
}

function namesOf(ids: (string | undefined)[], named: (id: string | undefined) => string): string {
  const names = ids.slice(0, MAX_NAMED).map(named);
  if (ids.length > MAX_NAMED) names.push(strings.systemLines.more(ids.length - MAX_NAMED));
  return new Intl.ListFormat(document.documentElement.lang || undefined).format(names);
}
