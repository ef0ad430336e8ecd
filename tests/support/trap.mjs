// Stands in front of the built worker: a request for /api/__trap makes the next call from WebAssembly to the clock end
// in a trap, as a panic does. The instance is lost with all that it had under way; the objects and their connections
// live on.
import worker from "./index.js";

export * from "./index.js";

export default class extends worker {
  async fetch(request) {
    if (new URL(request.url).pathname !== "/api/__trap") return super.fetch(request);
    const now = Date.now;
    const trapped = new Promise((resolve) => {
      Date.now = () => {
        Date.now = now;
        resolve();
        throw new WebAssembly.RuntimeError("unreachable");
      };
    });
    // The answer to this never comes: what would give it is lost.
    super.fetch(new Request(new URL("/up", request.url))).catch(() => {});
    await trapped;
    return new Response(null, { status: 204 });
  }
}
