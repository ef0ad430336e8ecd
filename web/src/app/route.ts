import { useMemo, useSyncExternalStore } from "react";

const CONVERSATION = /^#\/c\/([^/]+)$/;
const INVITE = /^#\/invite\/([^/]+)$/;
const INVITE_PATH = /^\/invite\/([^/]+)\/?$/;

export type Route =
  | { place: "inbox" }
  | { place: "conversation"; id: string }
  /** Named by its token. */
  | { place: "invite"; token: string };

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
  const token = named(INVITE, hash);
  return token === undefined ? { place: "inbox" } : { place: "invite", token };
}

/** What the address names. */
export function useRoute(): Route {
  const hash = useSyncExternalStore(subscribe, () => window.location.hash);
  return useMemo(() => routeOf(hash), [hash]);
}

/** A link to an invite is a path of the server; from here on it is a place in the page like every other. */
export function adoptInvitePath({ pathname, search }: Location = window.location): void {
  const token = named(INVITE_PATH, pathname);
  if (token !== undefined) history.replaceState(null, "", `/${search}#/invite/${encodeURIComponent(token)}`);
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
