import { skipToken, useQuery, useQueryClient } from "@tanstack/react-query";
import { keys, useConversation, useLive } from "../cache";
import type { Report } from "../client";
import { Dialog } from "./Dialog";
import { FilesLine } from "./files/FilesLine";
import { exactMoment, shortTime } from "./format";
import { ListNotes } from "./ListNotes";
import { MessageText } from "./MessageText";
import { titleOf } from "./names";
import { ResolveReport } from "./ResolveReport";
import { strings } from "./strings";

/** The open reports of the rooms that the user moderates; of the whole app for administrators. */
export function ReportQueue({ onClose }: { onClose: () => void }) {
  const live = useLive();
  const text = strings.reports;
  const { data, isError, refetch } = useQuery({
    queryKey: keys.reports,
    // The newest page; older ones come up as its reports are resolved.
    queryFn: () => live.client.moderation.reports("open"),
    // No socket event tells of new reports.
    staleTime: 0,
    refetchOnMount: "always",
    refetchOnWindowFocus: true,
  });
  const reports = data?.data;
  return (
    <Dialog title={text.title} close={text.close} onClose={onClose}>
      <ListNotes text={text} count={reports?.length} isError={isError} refetch={refetch} />
      <ul className="pins">
        {reports?.map((report) => (
          <ReportRow key={report.id} report={report} />
        ))}
      </ul>
    </Dialog>
  );
}

function ReportRow({ report }: { report: Report }) {
  const live = useLive();
  const queries = useQueryClient();
  const { conversation_id, room_id, message_id, sender_id, reported_by, reason, note, created_at } = report;
  const conversation = useConversation(conversation_id);
  const { data: members } = useQuery({
    queryKey: [...keys.reports, "members", room_id],
    queryFn: room_id ? () => live.client.api.members(room_id) : skipToken,
  });
  const { data: message, isFetched } = useQuery({
    queryKey: [...keys.reports, "message", message_id],
    queryFn: async () => {
      const page = await live.client.api.messages(conversation_id, { around: message_id, limit: 1 });
      return page.data.find(({ id }) => id === message_id) ?? null;
    },
    retry: false,
  });
  const text = strings.reports;
  const { reasons } = strings.reporting;
  // A room can have more members than their first page.
  const nameOf = (id: string) => members?.data.find(({ user_id }) => user_id === id)?.name ?? id;
  const sender = message?.sender_name ?? nameOf(sender_id);
  return (
    <li>
      <p className="sender">
        {sender} · {conversation ? titleOf(conversation) : text.direct}
      </p>
      <div className="body reported">
        {message?.body != null ? <MessageText message={message} /> : isFetched ? text.gone : text.loading}
      </div>
      <FilesLine attachments={message?.attachments} />
      <p className="small">
        <strong>{reasons[reason as keyof typeof reasons] ?? reason}</strong>
        {note && `: ${note}`}
      </p>
      <p className="small muted">
        {text.by(nameOf(reported_by))} ·{" "}
        <time dateTime={created_at} title={exactMoment(created_at)}>
          {shortTime(created_at)}
        </time>
      </p>
      <ResolveReport
        report={report}
        sender={sender}
        onDone={() => void queries.refetchQueries({ queryKey: keys.reports, exact: true })}
      />
    </li>
  );
}
