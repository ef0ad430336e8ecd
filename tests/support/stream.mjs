// A stream of server-sent events that records its text.
import { compareFrame } from "./documents/frames.mjs";

/** Opens a conversation's stream for a user, optionally after an event id; throws unless it opens. */
export async function openStream(person, conversation, lastEventId) {
  const stream = await dialStream(person, conversation, lastEventId);
  if (stream.status !== 200) throw new Error(`the stream was refused: ${stream.status}`);
  return stream;
}

/** The same, but returns a refusal with its `status` and `problem`. */
export function dialStream(person, conversation, lastEventId) {
  return dial(person, `/api/chat/conversations/${conversation}/events`, "conversationEvents", lastEventId);
}

/** Opens the stream of a user's own channel; throws unless it opens. */
export async function openOwnStream(person, lastEventId) {
  const stream = await dial(person, "/api/me/events", "ownEvents", lastEventId);
  if (stream.status !== 200) throw new Error(`the stream was refused: ${stream.status}`);
  return stream;
}

/** Opens a stream, whose events are compared with this channel of the AsyncAPI document. */
async function dial(person, path, channel, lastEventId) {
  const stopping = new AbortController();
  const response = await fetch(person.world.url + path, {
    headers: {
      authorization: `Bearer ${person.token}`,
      ...(lastEventId === undefined ? {} : { "last-event-id": lastEventId }),
    },
    signal: stopping.signal,
  });
  const { status, headers } = response;
  if (status !== 200) return { status, headers, problem: await response.json() };
  let text = "";
  let look = () => {};
  // Length of the text whose events are compared.
  let compared = 0;
  const reading = (async () => {
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const end = text.lastIndexOf("\n\n") + 2;
      if (end > compared) {
        for (const { data } of parsed(text.slice(compared, end))) compareFrame(channel, data);
        compared = end;
      }
      look();
    }
  })().catch(() => {});
  const stream = {
    status,
    headers,
    /** Whether the stream has ended. */
    closed: false,
    /** Resolves once `holds` is true for the whole text. */
    until: (holds) =>
      new Promise((resolve) => {
        look = () => holds(text) && resolve(text);
        look();
      }),
    /** Resolves with all events, as {id, event, data}, once there are at least `count`. */
    async events(count) {
      await this.until((text) => parsed(text).length >= count);
      return parsed(text);
    },
    /** Resolves once the stream has ended. */
    ended: () => reading,
    async close() {
      stopping.abort();
      await reading;
    },
  };
  reading.then(() => {
    stream.closed = true;
  });
  return stream;
}

/** The complete events of a stream's text that have data. */
function parsed(text) {
  return text
    .split("\n\n")
    .slice(0, -1)
    .map((block) => block.split("\n"))
    .filter((lines) => lines.some((line) => line.startsWith("data: ")))
    .map((lines) => {
      // Not by a regular expression: a text may contain what these take for the end of a line.
      const field = (name) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      return { id: field("id"), event: field("event"), data: JSON.parse(field("data")) };
    });
}
