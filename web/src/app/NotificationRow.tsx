import type { ReactNode } from "react";
import { useConversation, useLive, useNotification, usePanel } from "../cache";
import type { Notification } from "../client";
import { Avatar } from "./Avatar";
import { summaryOf } from "./files/summary";
import { exactMoment, shortTime } from "./format";
import { Bell, CheckIcon, ClockIcon } from "./Icons";
import { titleOf } from "./names";
import { openMessage, placeOf, titleOfNotification } from "./notificationPlace";
import { goToConversation, goToInvite } from "./route";
import { strings } from "./strings";

/** A notification, which leads to its place. */
export function NotificationRow({ id, onClose }: { id: string; onClose: () => void }) {
  const notification = useNotification(id);
  return notification ? <Row notification={notification} onClose={onClose} /> : null;
}

function Row({ notification, onClose }: { notification: Notification; onClose: () => void }) {
  const live = useLive();
  const { id, read_at } = notification;
  const text = strings.notifications;
  const isUnread = read_at === null;
  const read = () => void live.attempt(live.notifications.read(id));
  return (
    <li className={`notification${isUnread ? " is-unread" : ""}`}>
      <Leading notification={notification} onRead={read} onClose={onClose}>
        <Texts notification={notification} />
      </Leading>
      {isUnread && (
        <button
          type="button"
          className="icon-button"
          onClick={read}
          aria-label={text.readOf(titleOfNotification(notification))}
          title={text.read}
        >
          <CheckIcon />
        </button>
      )}
    </li>
  );
}

interface LeadingProps {
  notification: Notification;
  onRead: () => void;
  onClose: () => void;
  children: ReactNode;
}

/** A link, a button, or neither, depending on where the notification leads. Opening it reads it. */
function Leading({ notification, onRead, onClose, children }: LeadingProps) {
  const live = useLive();
  const [, show] = usePanel();
  const place = placeOf(notification);
  if (place.to === "nothing") return <div className="notification-main">{children}</div>;
  if (place.to === "address") {
    const elsewhere = place.isOfPage ? {} : { target: "_blank", rel: "noopener noreferrer" };
    return (
      <a className="notification-main" href={place.href} onClick={onRead} {...elsewhere}>
        {children}
      </a>
    );
  }
  const open = () => {
    onRead();
    onClose();
    if (place.to === "panel") show(place.panel);
    else if (place.to === "invite") goToInvite(place.name);
    else if (place.to === "conversation") goToConversation(place.conversationId);
    else void live.attempt(openMessage(live, place));
  };
  return (
    <button type="button" className="notification-main" onClick={open}>
      {children}
    </button>
  );
}

/** Spans only: they are inside of a button or a link. */
function Texts({ notification }: { notification: Notification }) {
  const live = useLive();
  const { kind, actor, message, conversation_id, body, data, created_at, updated_at, read_at } = notification;
  const text = strings.notifications;
  const known = useConversation(conversation_id ?? "");
  const conversation = conversation_id ? known : undefined;
  const problem = data?.["problem"];
  const isFailed = kind === "scheduled_failed";
  const why = isFailed && typeof problem === "string" ? strings.scheduled.why[problem] : undefined;
  const said = message?.body != null ? summaryOf(live, conversation_id ?? "", message) || body : body;
  const words = isFailed ? (why ?? strings.scheduled.otherWhy) : said;
  const at = updated_at > created_at && read_at === null ? updated_at : created_at;
  return (
    <>
      {actor ? (
        <Avatar id={actor.user_id} name={actor.name} />
      ) : (
        <span className="avatar avatar-m avatar-place" aria-hidden="true">
          {isFailed ? <ClockIcon /> : <Bell />}
        </span>
      )}
      <span className="notification-texts">
        <span className="notification-title">
          {read_at === null && <span className="visually-hidden">{text.isUnread} </span>}
          {titleOfNotification(notification)}
        </span>
        {words && <span className="notification-body">{words}</span>}
        <span className="notification-where">
          {conversation && kind !== "direct_message" && `${titleOf(conversation)} · `}
          <time dateTime={at} title={exactMoment(at)}>
            {shortTime(at)}
          </time>
        </span>
      </span>
    </>
  );
}
