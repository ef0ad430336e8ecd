import type { PersonalApi, Preferences, PreferencesUpdated } from "../client";
import type { Store } from "./store";

export function applyPreferences(store: Store, { conversation_id, partial }: PreferencesUpdated): void {
  store.patchConversation(conversation_id, { preferences: partial });
}

/** Shows the change immediately, and restores the old preferences on refusal. */
export async function changePreferences(
  api: PersonalApi,
  store: Store,
  id: string,
  change: Partial<Preferences>,
): Promise<void> {
  const known = store.conversation(id)?.preferences;
  if (!known) return;
  const shown = { ...known, ...change };
  store.patchConversation(id, { preferences: shown });
  // An event of another device that arrives in between is newer than the answer.
  const isShown = () => store.conversation(id)?.preferences === shown;
  try {
    const preferences = await api.changePreferences(id, change);
    if (isShown()) store.patchConversation(id, { preferences });
  } catch (error) {
    if (isShown()) store.patchConversation(id, { preferences: known });
    throw error;
  }
}
