import { useMemo, useSyncExternalStore } from "react";

const CONVERSATION = /^#\/c\/([^/]+)$/;
const THREAD = /^#\/c\/([^/]+)\/t\/([^/]+)$/;
const THREADS = /^#\/threads\/?$/;
const NOTIFICATION = /^#\/n\/([^/]+)$/;
const INVITE = /^#\/invite\/([^/]+)$/;
const SECURITY = /^#\/security\/?$/;
const ALERT = /^#\/security\/([^/]+)$/;
const INVITE_PATH = /^\/invite\/([^/]+)\/?$/;
const SECURITY_PATH = /^\/security\/?$/;

export type Route =
  | { place: "inbox" }
  /** A conversation, and a thread of it by its first message. */
  | { place: "conversation"; id: string; threadId?: string }
  /** The threads that the user follows. */
  | { place: "threads" }
  /** What a notification leads to. */
  | { place: "notification"; id: string }
  /** The invite's token. */
  | { place: "invite"; token: string }
  /** The dashboard of panic alerts, and the selected alert. */
  | { place: "security"; id?: string };

function subscribe(listener: () => void): () => void {
  window.addEventListener("hashchange", listener);
  return () => window.removeEventListener("hashchange", listener);
}

function named(pattern: RegExp, text: string, group = 1): string | undefined {
  const name = pattern.exec(text)?.[group];
  if (name === undefined) return undefined;
  try {
    return decodeURIComponent(name);
  } catch {
    return undefined;
  }
}

export function routeOf(hash: string): Route {
  const id = named(CONVERSATION, hash);
  if (id !== undefined) return { place: "conversation", id };
  const [place, threadId] = [named(THREAD, hash), named(THREAD, hash, 2)];
  if (place !== undefined && threadId !== undefined) return { place: "conversation", id: place, threadId };
  if (THREADS.test(hash)) return { place: "threads" };
  const notification = named(NOTIFICATION, hash);
  if (notification !== undefined) return { place: "notification", id: notification };
  if (SECURITY.test(hash)) return { place: "security" };
  const alert = named(ALERT, hash);
  if (alert !== undefined) return { place: "security", id: alert };
  const token = named(INVITE, hash);
  return token === undefined ? { place: "inbox" } : { place: "invite", token };
}

/** The route of the URL's hash. */
export function useRoute(): Route {
  const hash = useSyncExternalStore(subscribe, () => window.location.hash);
  return useMemo(() => routeOf(hash), [hash]);
}

/**
 * Converts server paths to hash routes: an invite link, `/security`, and `?alert=` of a notification. From here on each is a
 * route of the page.
 */
export function adoptPath({ pathname, search }: Location = window.location): void {
  const token = named(INVITE_PATH, pathname);
  const query = new URLSearchParams(search);
  const alert = query.get("alert");
  query.delete("alert");
  const rest = query.size > 0 ? `/?${query}` : "/";
  if (token !== undefined) history.replaceState(null, "", `/${search}#/invite/${encodeURIComponent(token)}`);
  else if (alert !== null) history.replaceState(null, "", rest + alertLink(alert));
  else if (SECURITY_PATH.test(pathname)) history.replaceState(null, "", rest + securityLink);
}

export const securityLink = "#/security";

export function alertLink(id: string): string {
  return `${securityLink}/${encodeURIComponent(id)}`;
}

export function goToAlert(id: string): void {
  window.location.hash = alertLink(id);
}

export function goToSecurity(): void {
  window.location.hash = securityLink;
}

export function conversationLink(id: string): string {
  return `#/c/${encodeURIComponent(id)}`;
}

/** The invite's token, or its id if it is addressed to the user. */
export function goToInvite(name: string): void {
  window.location.hash = `#/invite/${encodeURIComponent(name)}`;
}

export function goToNotification(id: string): void {
  window.location.hash = `#/n/${encodeURIComponent(id)}`;
}

/** Takes the place of the route in the history, so that going back does not open it again. */
export function replaceRoute(link: string): void {
  window.location.replace(link);
}

export const threadsLink = "#/threads";

export function threadLink(conversationId: string, threadId: string): string {
  return `${conversationLink(conversationId)}/t/${encodeURIComponent(threadId)}`;
}

export function goToThread(conversationId: string, threadId: string): void {
  window.location.hash = threadLink(conversationId, threadId);
}

export function goToConversation(id: string): void {
  window.location.hash = conversationLink(id);
}

export const inboxLink = "#/";

export function goToInbox(): void {
  window.location.hash = inboxLink;
}
