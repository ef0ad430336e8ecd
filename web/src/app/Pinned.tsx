import { useQuery } from "@tanstack/react-query";
import { keys, useLive } from "../cache";
import type { Conversation } from "../client";
import { Dialog } from "./Dialog";
import { FilesLine } from "./files/FilesLine";
import { exactMoment, timeOfDay } from "./format";
import { goToMessage } from "./jump";
import { ListNotes } from "./ListNotes";
import { MessageText } from "./MessageText";
import { strings } from "./strings";

/** The pinned messages of a conversation, newest pin first. */
export function Pinned({ conversation, onClose }: { conversation: Conversation; onClose: () => void }) {
  const live = useLive();
  const text = strings.pins;
  const { data, isError, refetch } = useQuery({
    queryKey: keys.pins(conversation.id),
    queryFn: () => live.client.api.pins(conversation.id),
    staleTime: 0,
  });
  return (
    <Dialog title={text.title} close={text.close} onClose={onClose}>
      <ListNotes text={text} count={data?.data.length} isError={isError} refetch={refetch} />
      <ul className="pins">
        {data?.data.map((message) => (
          <li key={message.id}>
            <p className="sender">
              {message.sender_name}{" "}
              <time dateTime={message.created_at} title={exactMoment(message.created_at)}>
                {timeOfDay(message.created_at)}
              </time>
            </p>
            <div className="body">
              <MessageText message={message} />
            </div>
            <FilesLine attachments={message.attachments} />
            <button
              type="button"
              className="button small-button"
              onClick={() => {
                onClose();
                goToMessage(live, conversation.id, message.id);
              }}
              aria-label={strings.saved.goTo(message.sender_name)}
            >
              {strings.saved.go}
            </button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
