import { QueryClientProvider } from "@tanstack/react-query";
import { useCallback, useEffect, useState } from "react";
import { AlarmProvider, PanicAlertsProvider } from "../alerts/hooks";
import { LiveProvider } from "../cache";
import type { Problem } from "../client";
import { ChatPush } from "./chatPush";
import { type DemoPerson, demoPeople, forgetPerson, rememberPerson, wantedPerson } from "./demo";
import { Notice } from "./Notice";
import { PersonPicker } from "./PersonPicker";
import { Shell } from "./Shell";
import { createSession, type Session } from "./session";

type People = { state: "loading" } | { state: "failed" } | { state: "none" } | { state: "known"; list: DemoPerson[] };

export function App() {
  const [people, setPeople] = useState<People>({ state: "loading" });
  const [session, setSession] = useState<Session>();
  const [problem, setProblem] = useState<Problem>();

  const choose = useCallback((person: DemoPerson) => {
    rememberPerson(person);
    setSession(createSession(person, setProblem));
  }, []);

  const load = useCallback(() => {
    setPeople({ state: "loading" });
    demoPeople().then(
      (list) => {
        setPeople({ state: "known", list });
        const wanted = wantedPerson(list);
        if (wanted) choose(wanted);
      },
      (refusal: Problem) => setPeople({ state: refusal.status === 404 ? "none" : "failed" }),
    );
  }, [choose]);

  useEffect(load, [load]);

  useEffect(() => {
    if (!session) return;
    session.live.start();
    session.alarm.start();
    return () => {
      session.alarm.stop();
      session.live.stop();
    };
  }, [session]);

  const leave = () => {
    if (session) {
      session.live.attachings.forget();
      new ChatPush(session.live.client.notifications, session.person.id).retire().catch(() => {
        // The browser has no subscription any more, so the server's copy of it ends with the next push.
      });
    }
    forgetPerson();
    setSession(undefined);
    if (people.state !== "known") load();
  };

  return (
    <>
      {session ? (
        <QueryClientProvider client={session.queries} key={session.live.client.clientId}>
          <LiveProvider value={session.live}>
            <PanicAlertsProvider value={session.alerts}>
              <AlarmProvider value={session.alarm}>
                <Shell person={session.person} onSwitch={leave} />
              </AlarmProvider>
            </PanicAlertsProvider>
          </LiveProvider>
        </QueryClientProvider>
      ) : (
        <PersonPicker
          state={people.state}
          people={people.state === "known" ? people.list : []}
          onChoose={choose}
          onRetry={load}
        />
      )}
      <Notice problem={problem} onDismiss={() => setProblem(undefined)} />
    </>
  );
}
