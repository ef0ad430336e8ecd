import { useSyncExternalStore } from "react";

const CONVERSATION = /^#\/c\/([^/]+)$/;

function subscribe(listener: () => void): () => void {
  window.addEventListener("hashchange", listener);
  return () => window.removeEventListener("hashchange", listener);
}

function openConversation(): string | undefined {
  const id = CONVERSATION.exec(window.location.hash)?.[1];
  if (id === undefined) return undefined;
  try {
    return decodeURIComponent(id);
  } catch {
    return undefined;
  }
}

/** The conversation that the address names. */
export function useRoute(): string | undefined {
  return useSyncExternalStore(subscribe, openConversation);
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
