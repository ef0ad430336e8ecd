import { useState } from "react";
import { useBlocks, useLive } from "../cache";
import type { Block } from "../client";
import { Avatar } from "./Avatar";
import { Dialog } from "./Dialog";
import { shortTime } from "./format";
import { ListNotes } from "./ListNotes";
import { strings } from "./strings";

/** The people that the user has blocked, last blocked first. */
export function BlockedPeople({ onClose }: { onClose: () => void }) {
  const { data, isError, refetch } = useBlocks({ isFresh: true });
  const text = strings.blocks;
  return (
    <Dialog title={text.title} close={text.close} onClose={onClose}>
      <ListNotes text={text} count={data?.length} isError={isError} refetch={refetch} />
      <ul className="members">
        {data?.map((block) => (
          <BlockedRow key={block.user_id} block={block} />
        ))}
      </ul>
    </Dialog>
  );
}

function BlockedRow({ block: { user_id, name, created_at } }: { block: Block }) {
  const live = useLive();
  const [isBusy, setBusy] = useState(false);
  const text = strings.blocks;
  const unblock = () => {
    setBusy(true);
    void live.attempt(live.blocks.unblock(user_id)).then(() => setBusy(false));
  };
  return (
    <li className="member member-line">
      <Avatar id={user_id} name={name} />
      <div className="member-names">
        <p className="member-name">{name}</p>
        <p className="member-notes">{text.since(shortTime(created_at))}</p>
      </div>
      <button
        type="button"
        className="button small-button"
        disabled={isBusy}
        onClick={unblock}
        aria-label={text.unblockOf(name)}
      >
        {text.unblock}
      </button>
    </li>
  );
}

interface BlockProps {
  userId: string;
  name: string;
  /** Whether the button asks for the confirmation at once. */
  isAsking?: boolean;
  onDone?: () => void;
}

/** Blocks a person after a confirmation. */
export function BlockButton({ userId, name, isAsking: asksAtOnce = false, onDone }: BlockProps) {
  const live = useLive();
  const [isAsking, setAsking] = useState(asksAtOnce);
  const [isBusy, setBusy] = useState(false);
  const text = strings.blocks;
  const block = () => {
    setBusy(true);
    void live.attempt(live.blocks.block(userId)).then(() => {
      setBusy(false);
      setAsking(false);
      onDone?.();
    });
  };
  return (
    <div className="block-person">
      {isAsking && <p className="small muted">{text.explain}</p>}
      <button
        type="button"
        className={`button small-button${isAsking ? " danger" : ""}`}
        // biome-ignore lint/a11y/noAutofocus: it stands where the menu item was that opened it
        autoFocus={asksAtOnce}
        disabled={isBusy}
        onClick={() => (isAsking ? block() : setAsking(true))}
      >
        {isAsking ? text.confirm(name) : text.block(name)}
      </button>
    </div>
  );
}
