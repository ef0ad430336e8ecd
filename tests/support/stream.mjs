// A stream of server-sent events that keeps all it got.

/** Opens a conversation's stream for a person; fails unless it opens. */
export async function openStream(person, conversation) {
  const stream = await dialStream(person, conversation);
  if (stream.status !== 200) throw new Error(`the stream was refused: ${stream.status}`);
  return stream;
}

/** The same, whatever comes of it: `status` says. */
export async function dialStream(person, conversation) {
  const stopping = new AbortController();
  const response = await fetch(`${person.world.url}/api/chat/conversations/${conversation}/events`, {
    headers: { authorization: `Bearer ${person.token}` },
    signal: stopping.signal,
  });
  const { status, headers } = response;
  if (status !== 200) return { status, headers, problem: await response.json() };
  let text = "";
  let look = () => {};
  const reading = (async () => {
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      look();
    }
  })().catch(() => {});
  const stream = {
    status,
    headers,
    /** Whether it is over. */
    closed: false,
    /** Resolves once this is true of all that came. */
    until: (holds) =>
      new Promise((resolve) => {
        look = () => holds(text) && resolve(text);
        look();
      }),
    /** Resolves once the server has ended it. */
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
