import { useState } from "react";
import { ConversationPane } from "./ConversationPane";
import type { DemoPerson } from "./demo";
import { Bell } from "./Icons";
import { NewChat } from "./NewChat";
import { useRoute } from "./route";
import { Sidebar } from "./Sidebar";
import { strings } from "./strings";
import { UnreadTitle } from "./UnreadTitle";

/** Sidebar and conversation side by side; on a narrow screen one of the two. */
export function Shell({ person, onSwitch }: { person: DemoPerson; onSwitch: () => void }) {
  const conversationId = useRoute();
  const [isPicking, setPicking] = useState(false);
  return (
    <div className="shell" data-pane={conversationId ? "conversation" : "inbox"}>
      <UnreadTitle />
      <Sidebar person={person} openId={conversationId} onSwitch={onSwitch} onNewChat={() => setPicking(true)} />
      {conversationId ? (
        <ConversationPane key={conversationId} id={conversationId} />
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
