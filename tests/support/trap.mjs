// Wraps the built worker: a request to /api/__trap makes the next clock call from WebAssembly trap, as a panic does. The
// instance and its pending work are lost; objects and their connections stay.
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
    // This request is never answered, because its instance is lost.
    super.fetch(new Request(new URL("/up", request.url))).catch(() => {});
    await trapped;
    return new Response(null, { status: 204 });
  }
}
