import { useEffect, useRef, useState } from "react";
import { type NotificationFilter, useLive, useNotificationCount, useNotifications, usePanel } from "../cache";
import { Dialog } from "./Dialog";
import { SettingsIcon } from "./Icons";
import { ListNotes } from "./ListNotes";
import { NotificationRow } from "./NotificationRow";
import { strings } from "./strings";

const FILTERS: NotificationFilter[] = ["all", "unread"];

/** The user's notifications, newest first: all of them, or the unread ones. */
export function NotificationList({ onClose }: { onClose: () => void }) {
  const [filter, setFilter] = useState<NotificationFilter>("all");
  const [, show] = usePanel();
  const unread = useNotificationCount();
  const live = useLive();
  const text = strings.notifications;
  return (
    <Dialog
      title={text.title}
      close={text.close}
      onClose={onClose}
      actions={
        <button
          type="button"
          className="icon-button"
          onClick={() => show("notification-settings")}
          aria-label={text.settings}
          title={text.settings}
        >
          <SettingsIcon />
        </button>
      }
    >
      <div className="notification-tools">
        {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms */}
        <div className="segments" role="group" aria-label={text.filter}>
          {FILTERS.map((each) => (
            <button
              key={each}
              type="button"
              className="segment"
              aria-pressed={each === filter}
              onClick={() => setFilter(each)}
            >
              {text[each]}
            </button>
          ))}
        </div>
        <button
          type="button"
          className="button small-button quiet"
          disabled={unread === 0}
          onClick={() => void live.attempt(live.notifications.readAll())}
        >
          {text.readAll}
        </button>
      </div>
      <Pages key={filter} filter={filter} onClose={onClose} />
    </Dialog>
  );
}

function Pages({ filter, onClose }: { filter: NotificationFilter; onClose: () => void }) {
  const live = useLive();
  const { data, isError, refetch } = useNotifications(filter);
  const list = useRef<HTMLUListElement>(null);
  const text = strings.notifications;
  const { ids = [], older = null, isLoading = false, hasFailed = false } = data ?? {};
  useFocusInList(list, ids);
  const isEmpty = data !== undefined && ids.length === 0 && older === null;
  return (
    <>
      <ListNotes
        text={{ ...text, none: filter === "all" ? text.none : text.noneUnread }}
        count={data && (isEmpty ? 0 : 1)}
        isError={isError}
        refetch={refetch}
      />
      <ul ref={list} className="notifications" aria-label={text.title}>
        {ids.map((id) => (
          <NotificationRow key={id} id={id} onClose={onClose} />
        ))}
      </ul>
      {older !== null && (
        <div className="notifications-older">
          {hasFailed && <p role="alert">{text.olderFailed}</p>}
          <button
            type="button"
            className="button small-button"
            disabled={isLoading}
            onClick={() => void live.notifications.loadOlder(filter)}
          >
            {isLoading ? text.loading : text.older}
          </button>
        </div>
      )}
    </>
  );
}

/** Keeps the focus in the dialog when the row that has it goes: it moves to the row that takes its place. */
function useFocusInList(list: { current: HTMLElement | null }, ids: string[]): void {
  const focused = useRef(-1);
  useEffect(() => {
    const element = list.current;
    if (!element) return;
    const note = ({ target }: FocusEvent) => {
      const row = target instanceof Element ? target.closest("li") : null;
      focused.current = row ? [...element.children].indexOf(row) : -1;
    };
    const leave = ({ relatedTarget }: FocusEvent) => {
      // Without another target the element itself has gone.
      if (relatedTarget !== null) focused.current = -1;
    };
    element.addEventListener("focusin", note);
    element.addEventListener("focusout", leave);
    return () => {
      element.removeEventListener("focusin", note);
      element.removeEventListener("focusout", leave);
    };
  }, [list]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs when rows have come or gone
  useEffect(() => {
    const element = list.current;
    const { activeElement } = document;
    const isLost = activeElement === null || activeElement === document.body;
    if (!element || focused.current < 0 || !isLost) return;
    const row = element.children[Math.min(focused.current, element.children.length - 1)];
    const next = row?.querySelector<HTMLElement>("button, a") ?? element.closest("dialog")?.querySelector("button");
    next?.focus({ preventScroll: true });
  }, [list, ids]);
}
