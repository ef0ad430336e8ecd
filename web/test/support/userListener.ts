import type { UserListener } from "../../src/client";

const nothing = () => {};

/** A listener of the user's own channel that ignores everything. */
export const QUIET: UserListener = {
  onState: nothing,
  onMissed: nothing,
  onInboxUpdated: nothing,
  onPreferences: nothing,
  onDraft: nothing,
  onSaved: nothing,
  onThread: nothing,
  onNotification: nothing,
  onNotificationsRead: nothing,
  onFile: nothing,
  onScheduled: nothing,
  onInvite: nothing,
  onMembership: nothing,
};
