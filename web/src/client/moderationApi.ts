import type { Api } from "./api";
import type { EarlierBody, Message, Page, Posting, Report, ReportAction, ReportStatus, Room } from "./protocol";

/** Which fields of a room its moderators change. */
export interface RoomRules {
  post?: Posting;
  slow_mode_s?: number;
}

type MessageRef = Pick<Message, "id" | "conversation_id">;

/** HTTP API of reports, of a room's rules, and of earlier texts. Every method throws a `Problem` when the server refuses. */
export class ModerationApi {
  constructor(readonly api: Api) {}

  changeRoom(roomId: string, rules: RoomRules): Promise<Room> {
    return this.api.json(`/api/chat/rooms/${encodeURIComponent(roomId)}`, { method: "PUT", body: rules });
  }

  /** The texts that edits replaced, newest first; for the author, moderators and administrators. */
  history({ id, conversation_id }: MessageRef): Promise<Page<EarlierBody>> {
    return this.api.json(`${messagePath(id)}/history`, { query: { conversation_id, limit: 100 } });
  }

  report({ id, conversation_id }: MessageRef, reason: string, note: string): Promise<Report> {
    const query = { conversation_id };
    return this.api.json(`${messagePath(id)}/report`, { method: "POST", query, body: { reason, note } });
  }

  /** Newest first: all for administrators, those of their rooms for moderators. */
  reports(status: ReportStatus, cursor?: string): Promise<Page<Report>> {
    return this.api.json("/api/admin/reports", { query: { status, limit: 50, cursor } });
  }

  resolve(reportId: string, action: ReportAction, note: string): Promise<Report> {
    const path = `/api/admin/reports/${encodeURIComponent(reportId)}/resolve`;
    return this.api.json(path, { method: "POST", body: { action, note } });
  }
}

function messagePath(id: string): string {
  return `/api/chat/messages/${encodeURIComponent(id)}`;
}
