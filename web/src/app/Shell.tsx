import { useState } from "react";
import { AlertBar } from "./alerts/AlertBar";
import { ConversationPane } from "./ConversationPane";
import { type DemoPerson, isGuard } from "./demo";
import { DialogsProvider, PageContent } from "./dialogs";
import { Fallback } from "./Fallback";
import { Bell } from "./Icons";
import { InvitePane } from "./InvitePane";
import { InviteAnnouncer } from "./Invites";
import { NewChat } from "./NewChat";
import { OpenNotification } from "./OpenNotification";
import { Panels } from "./Panels";
import { type Route, useRoute } from "./route";
import { Sidebar } from "./Sidebar";
import { SecurityPage } from "./security/SecurityPage";
import { strings } from "./strings";
import { ThreadsPane } from "./ThreadsPane";
import { UnreadTitle } from "./UnreadTitle";
import { useChatPush } from "./useChatPush";

/** Page layout: alerts above sidebar and conversation; a narrow screen shows one of the two. */
export function Shell({ person, onSwitch }: { person: DemoPerson; onSwitch: () => void }) {
  const route = useRoute();
  useChatPush();
  return (
    <DialogsProvider>
      <div className="page">
        <AlertBar isGuard={isGuard(person)} />
        <PageContent>
          <Fallback>
            <UnreadTitle />
            {route.place === "security" ? (
              <SecurityPage id={route.id} isGuard={isGuard(person)} />
            ) : (
              <Conversations person={person} route={route} onSwitch={onSwitch} />
            )}
          </Fallback>
        </PageContent>
        <Fallback>
          <InviteAnnouncer />
        </Fallback>
      </div>
    </DialogsProvider>
  );
}

interface Props {
  person: DemoPerson;
  route: Exclude<Route, { place: "security" }>;
  onSwitch: () => void;
}

function Conversations({ person, route, onSwitch }: Props) {
  const threadId = route.place === "conversation" ? route.threadId : undefined;
  const [isPicking, setPicking] = useState(false);
  return (
    <div className="shell" data-pane={route.place === "inbox" ? "inbox" : threadId ? "thread" : "conversation"}>
      <Sidebar person={person} route={route} onSwitch={onSwitch} onNewChat={() => setPicking(true)} />
      {route.place === "conversation" ? (
        <ConversationPane key={route.id} id={route.id} threadId={threadId} />
      ) : route.place === "threads" ? (
        <ThreadsPane />
      ) : route.place === "notification" ? (
        <OpenNotification key={route.id} id={route.id} />
      ) : route.place === "invite" ? (
        <InvitePane key={route.token} token={route.token} />
      ) : (
        <main className="nothing-open">
          <Bell />
          <h2>{strings.conversation.nothingOpen}</h2>
          <p className="muted">{strings.conversation.nothingOpenHint}</p>
        </main>
      )}
      <Panels />
      {isPicking && <NewChat onClose={() => setPicking(false)} />}
    </div>
  );
}
