import { type AlertApi, type AlertCancellation, type AlertDraft, isOpen, type PanicAlert, Problem } from "../client";

/**
 * The alert to cancel for a draft whose attempts had no answer: the one at the server that it has raised or added a press to.
 * Without one, an alert of a user with PINs is raised, because only the server can check a PIN, and only for an alert that it
 * has; without PINs there is nothing to cancel. A drill, and an alert that the server refuses (`isRefused`), need no PIN.
 */
export async function alertToCancel(
  api: AlertApi,
  draft: AlertDraft,
  { pin }: AlertCancellation,
  isRefused: boolean,
): Promise<PanicAlert | undefined> {
  const { id, drill = false } = draft;
  const { data } = await api.mine();
  const arrived = data.find((alert) => alert.id === id) ?? data.find((alert) => isOpen(alert) && alert.drill === drill);
  if (arrived || drill || isRefused) return arrived;
  const { are_set } = await api.pins();
  if (!are_set) return undefined;
  if (pin === undefined) throw Problem.aboutField("pin");
  return api.raise(draft);
}
