import { useMemo, useSyncExternalStore } from "react";

const CONVERSATION = /^#\/c\/([^/]+)$/;
const INVITE = /^#\/invite\/([^/]+)$/;
const SECURITY = /^#\/security\/?$/;
const ALERT = /^#\/security\/([^/]+)$/;
const INVITE_PATH = /^\/invite\/([^/]+)\/?$/;
const SECURITY_PATH = /^\/security\/?$/;

export type Route =
  | { place: "inbox" }
  | { place: "conversation"; id: string }
  /** The invite's token. */
  | { place: "invite"; token: string }
  /** The dashboard of panic alerts, and the selected alert. */
  | { place: "security"; id?: string };

function subscribe(listener: () => void): () => void {
  window.addEventListener("hashchange", listener);
  return () => window.removeEventListener("hashchange", listener);
}

function named(pattern: RegExp, text: string): string | undefined {
  const name = pattern.exec(text)?.[1];
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

export function goToConversation(id: string): void {
  window.location.hash = conversationLink(id);
}

export function goToInbox(): void {
  window.location.hash = "#/";
}
