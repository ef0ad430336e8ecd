// A conversation's connection in a fake environment: time, sockets, HTTP.
import { afterEach, beforeEach, vi } from "vitest";
import { CampanaClient, type ConversationListener, type Durable, type Welcome } from "../../src/client";
import { FakeWorld, welcome } from "./world";

/** The fake environment of the running test, new for each. */
export let world: FakeWorld;

beforeEach(() => {
  vi.useFakeTimers();
  world = new FakeWorld();
});

afterEach(() => {
  vi.useRealTimers();
});

function listener() {
  const events: Durable[] = [];
  const received = {
    onState: vi.fn<ConversationListener["onState"]>(),
    onWelcome: vi.fn<ConversationListener["onWelcome"]>(),
    onEvent: (event: Durable) => void events.push(event),
    onEphemeral: vi.fn<ConversationListener["onEphemeral"]>(),
    onAcknowledged: vi.fn<ConversationListener["onAcknowledged"]>(),
    onRefused: vi.fn<ConversationListener["onRefused"]>(),
    onDelayed: vi.fn<ConversationListener["onDelayed"]>(),
    onReset: vi.fn<ConversationListener["onReset"]>(),
    onProblem: vi.fn<ConversationListener["onProblem"]>(),
  };
  return { ...received, seqs: () => events.map(({ seq }) => seq) };
}

export async function settle(): Promise<void> {
  await vi.advanceTimersByTimeAsync(0);
}

export async function conversation(getToken = vi.fn(async () => "token")) {
  const client = new CampanaClient({ getToken, clientId: "tab", environment: world });
  const received = listener();
  const socket = client.conversation("c", received);
  socket.open();
  await settle();
  return { socket, received, getToken };
}

/** Live, with everything up to `head` loaded. */
export async function live(head = 0, over: Partial<Welcome> = {}) {
  const started = await conversation();
  started.socket.startFrom({ epoch: "e1", seq: head });
  world.socket.opens();
  world.socket.says(welcome(head, over));
  return started;
}

export async function reconnected(head: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(1_000);
  world.socket.opens();
  world.socket.says(welcome(head));
}
