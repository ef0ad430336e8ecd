import { useState } from "react";
import { type CachedMessage, keys, useIsBlocked, useLive, useSaved } from "../cache";
import type { Conversation, Room } from "../client";
import { BlockButton } from "./BlockedPeople";
import { MoreIcon } from "./Icons";
import { mayPin, mayPost, type Standing } from "./moderation";
import { MenuItem, Popover } from "./Popover";
import { ReactionPicker } from "./Reactions";
import { ReportMessage } from "./ReportMessage";
import { goToThread } from "./route";
import { strings } from "./strings";

interface Props {
  message: CachedMessage;
  isOwn: boolean;
  /** Whether it is shown in its thread. */
  isInThread: boolean;
  onEdit: (message: CachedMessage) => void;
  onQuote: (message: CachedMessage) => void;
}

/** The menu of a message, and the dialogs that it opens. */
export function MessageMenu(props: Props) {
  const { message } = props;
  const [dialog, setDialog] = useState<"report">();
  return (
    <>
      <Popover label={strings.messages.more} icon={<MoreIcon />} className="icon-button more">
        {(close) => (
          <Items
            {...props}
            close={close}
            onReport={() => {
              close();
              setDialog("report");
            }}
          />
        )}
      </Popover>
      {dialog === "report" && <ReportMessage message={message} onClose={() => setDialog(undefined)} />}
    </>
  );
}

interface Item {
  label: string;
  act: () => void;
  isDanger?: boolean;
}

/** Mounted while the menu is open. Items that need a second step replace the list by it. */
function Items(props: Props & { close: () => void; onReport: () => void }) {
  const { message, isOwn, isInThread, onEdit, onQuote, close, onReport } = props;
  const live = useLive();
  const { store, me } = live;
  const [step, setStep] = useState<"reacting" | "deleting" | "blocking">();
  const { data: saved } = useSaved();
  const isSaved = saved?.some((one) => one.message.id === message.id) ?? false;
  // Read when the menu opens.
  const conversation = store.conversation(message.conversation_id);
  const standing = { role: conversation?.role ?? null, isAdmin: me.isAdmin ?? false };
  const canWrite = useCanWrite(conversation, standing);
  const canPin = canWrite && conversation !== undefined && mayPin(standing, conversation);
  const isPinned = message.pinned_at != null;
  const text = strings.messages;

  /** An act that closes the menu. */
  const closing = (act: () => unknown) => () => {
    close();
    void act();
  };
  const items: (Item | false)[] = [
    canWrite && { label: strings.reactions.react, act: () => setStep("reacting") },
    canWrite &&
      !isInThread && {
        label: strings.threads.reply,
        act: closing(() => goToThread(message.conversation_id, message.thread_id ?? message.id)),
      },
    canWrite && { label: strings.quotes.quote, act: closing(() => onQuote(message)) },
    isSaved
      ? { label: strings.saved.unsave, act: closing(() => live.attempt(live.saved.unsave(message.id))) }
      : { label: strings.saved.save, act: closing(() => live.attempt(live.saved.save(message))) },
    canPin && {
      label: isPinned ? strings.pins.unpin : strings.pins.pin,
      act: closing(() => live.pin(message, !isPinned)),
    },
    !isOwn && !isInThread && { label: text.markUnread, act: closing(() => live.unread(message)) },
    isOwn && canWrite && { label: text.edit, act: closing(() => onEdit(message)) },
    isOwn && { label: text.delete, act: () => setStep("deleting"), isDanger: true },
    !isOwn && { label: strings.reporting.open, act: onReport },
    !isOwn && { label: strings.blocks.block(message.sender_name), act: () => setStep("blocking"), isDanger: true },
  ];

  if (step === "reacting") return <ReactionPicker message={message} onDone={close} />;
  if (step === "deleting") {
    return (
      <button
        type="button"
        className="button small-button danger"
        // biome-ignore lint/a11y/noAutofocus: it stands where the button was that opened it
        autoFocus
        onClick={closing(() => live.delete(message))}
      >
        {text.confirmDelete}
      </button>
    );
  }
  if (step === "blocking") {
    return <BlockButton userId={message.sender_id} name={message.sender_name} isAsking onDone={close} />;
  }
  return (
    <div className="menu">
      {items
        .filter((item) => item !== false)
        .map(({ label, act, isDanger }) => (
          <MenuItem key={label} onClick={act} isDanger={isDanger ?? false}>
            {label}
          </MenuItem>
        ))}
    </div>
  );
}

/** Whether the user may edit, react and pin now. Who is muted can still delete. */
function useCanWrite(conversation: Conversation | undefined, standing: Standing): boolean {
  const { store, me } = useLive();
  const peer = conversation?.type === "dm" ? conversation.peer : null;
  const isBlocked = useIsBlocked(peer && { sender_id: peer.user_id });
  if (!conversation || isBlocked) return false;
  const isMuted = store.member(conversation.id, me.user_id)?.muted_until != null;
  const room = store.get<Room>(keys.room(conversation.room_id ?? ""));
  return !isMuted && mayPost(standing, room);
}
