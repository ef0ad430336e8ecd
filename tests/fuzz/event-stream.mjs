// Reads server-sent events one by one and stores none, because a run may last hours.

/**
 * @param {string} address
 * @param {Record<string, string>} headers
 * @param {(kind: string | undefined, data: object) => void} take called with each event
 */
export async function readEvents(address, headers, take) {
  const stopping = new AbortController();
  const response = await fetch(address, { headers, signal: stopping.signal });
  if (response.status !== 200) throw new Error(`a stream was refused: ${response.status}`);
  let welcome;
  const welcomed = new Promise((resolve) => {
    welcome = resolve;
  });
  const reading = (async () => {
    let text = "";
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      const blocks = (text + chunk).split("\n\n");
      text = blocks.pop();
      for (const block of blocks) {
        if (stream.isLeft) return;
        const lines = block.split("\n");
        const data = fieldOf(lines, "data");
        if (data === undefined) continue;
        const kind = fieldOf(lines, "event");
        take(kind, JSON.parse(data));
        if (kind === "welcome") welcome();
      }
    }
  })();
  const stream = {
    isLeft: false,
    /** Resolves with the first event. */
    welcomed: Promise.race([welcomed, reading]),
    /** Resolves with the reason of the stream's end. */
    ended: reading.then(
      () => "it ended",
      (error) => error.message,
    ),
    leave() {
      stream.isLeft = true;
      stopping.abort();
    },
  };
  return stream;
}

function fieldOf(lines, name) {
  return lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
}
