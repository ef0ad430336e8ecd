import { useState } from "react";
import { useConversation, useLive, useSaved } from "../cache";
import type { SavedMessage } from "../client";
import { Dialog } from "./Dialog";
import { FilesLine } from "./files/FilesLine";
import { exactMoment, shortTime } from "./format";
import { goToMessage } from "./jump";
import { ListNotes } from "./ListNotes";
import { MessageText } from "./MessageText";
import { titleOf } from "./names";
import { strings } from "./strings";

/** The messages that the user has saved, last saved first. */
export function SavedMessages({ onClose }: { onClose: () => void }) {
  const { data, isError, refetch } = useSaved({ isFresh: true });
  const text = strings.saved;
  return (
    <Dialog title={text.title} close={text.close} onClose={onClose}>
      <ListNotes text={text} count={data?.length} isError={isError} refetch={refetch} />
      <ul className="pins">
        {data?.map((saved) => (
          <SavedRow key={saved.message.id} saved={saved} onClose={onClose} />
        ))}
      </ul>
    </Dialog>
  );
}

function SavedRow({ saved: { message }, onClose }: { saved: SavedMessage; onClose: () => void }) {
  const live = useLive();
  const [isBusy, setBusy] = useState(false);
  const conversation = useConversation(message.conversation_id);
  const { id, sender_name, created_at } = message;
  const text = strings.saved;
  const remove = () => {
    setBusy(true);
    void live.attempt(live.saved.unsave(id)).then(() => setBusy(false));
  };
  return (
    <li>
      <p className="sender">
        {sender_name}
        {conversation && ` · ${titleOf(conversation)}`} ·{" "}
        <time dateTime={created_at} title={exactMoment(created_at)}>
          {shortTime(created_at)}
        </time>
      </p>
      <div className="body">{message.body === null ? strings.messages.deleted : <MessageText message={message} />}</div>
      <FilesLine attachments={message.attachments} />
      <div className="action-line">
        <button
          type="button"
          className="button small-button"
          onClick={() => {
            onClose();
            goToMessage(live, message.conversation_id, id);
          }}
          aria-label={text.goTo(sender_name)}
        >
          {text.go}
        </button>
        <button
          type="button"
          className="button small-button quiet"
          disabled={isBusy}
          onClick={remove}
          aria-label={text.removeOf(sender_name)}
        >
          {text.remove}
        </button>
      </div>
    </li>
  );
}
