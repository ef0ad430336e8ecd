import { useState } from "react";
import { ConversationPane } from "./ConversationPane";
import type { DemoPerson } from "./demo";
import { Bell } from "./Icons";
import { InvitePane } from "./InvitePane";
import { InviteAnnouncer } from "./Invites";
import { NewChat } from "./NewChat";
import { useRoute } from "./route";
import { Sidebar } from "./Sidebar";
import { strings } from "./strings";
import { UnreadTitle } from "./UnreadTitle";

/** Sidebar and conversation side by side; on a narrow screen one of the two. */
export function Shell({ person, onSwitch }: { person: DemoPerson; onSwitch: () => void }) {
  const route = useRoute();
  const conversationId = route.place === "conversation" ? route.id : undefined;
  const [isPicking, setPicking] = useState(false);
  return (
    <div className="shell" data-pane={route.place === "inbox" ? "inbox" : "conversation"}>
      <UnreadTitle />
      <InviteAnnouncer />
      <Sidebar person={person} openId={conversationId} onSwitch={onSwitch} onNewChat={() => setPicking(true)} />
      {route.place === "conversation" ? (
        <ConversationPane key={route.id} id={route.id} />
      ) : route.place === "invite" ? (
        <InvitePane key={route.token} token={route.token} />
      ) : (
        <main className="nothing-open">
          <Bell />
          <h2>{strings.conversation.nothingOpen}</h2>
          <p className="muted">{strings.conversation.nothingOpenHint}</p>
        </main>
      )}
      {isPicking && <NewChat onClose={() => setPicking(false)} />}
    </div>
  );
}
