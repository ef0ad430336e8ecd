import { useQuery } from "@tanstack/react-query";
import { type CachedMessage, keys, useLive } from "../cache";
import { Dialog } from "./Dialog";
import { Formatted } from "./Formatted";
import { exactMoment } from "./format";
import { ListNotes } from "./ListNotes";
import { MessageText } from "./MessageText";
import { strings } from "./strings";

/** The present text of a message, and those that edits replaced, newest first. */
export function EarlierTexts({ message, onClose }: { message: CachedMessage; onClose: () => void }) {
  const live = useLive();
  const text = strings.earlier;
  const { data, isError, refetch } = useQuery({
    // Another edit adds a text.
    queryKey: [...keys.earlierBodies(message.id), message.version],
    queryFn: () => live.client.moderation.history(message),
    staleTime: 0,
    refetchOnMount: "always",
  });
  return (
    <Dialog title={text.title} close={text.close} onClose={onClose}>
      <ol className="pins">
        <li>
          <p className="sender">{text.now}</p>
          <div className="body">
            {message.body === null ? strings.messages.deleted : <MessageText message={message} />}
          </div>
        </li>
        {data?.data.map(({ body, version, written_at }) => (
          <li key={version}>
            <p className="sender">
              <time dateTime={written_at}>{exactMoment(written_at)}</time>
            </p>
            <div className="body">
              <Formatted text={body} />
            </div>
          </li>
        ))}
      </ol>
      <ListNotes text={text} count={data?.data.length} isError={isError} refetch={refetch} />
    </Dialog>
  );
}
