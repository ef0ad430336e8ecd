// Wraps the built worker so that gateways fail on demand. A request to /api/__gateway-faults sets the faults: calls to the
// paths in `fail` throw, and those in `hang` wait for the next such request. `at` limits both to the gateway of that name.
import worker, * as built from "./index.js";

export * from "./index.js";

let failing = [];
let hangingAt = [];
let gateway = null;
const hanging = [];

export class Gateway {
  #built;
  #name;

  constructor(state, env) {
    this.#built = new built.Gateway(state, env);
    this.#name = state.id.name;
  }

  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (gateway === null || this.#name === gateway) {
      if (failing.includes(pathname)) throw new Error("unreachable");
      if (hangingAt.includes(pathname)) await new Promise((resolve) => hanging.push(resolve));
    }
    return this.#built.fetch(request);
  }

  alarm() {
    return this.#built.alarm();
  }

  webSocketMessage(...args) {
    return this.#built.webSocketMessage(...args);
  }

  webSocketClose(...args) {
    return this.#built.webSocketClose(...args);
  }

  webSocketError(...args) {
    return this.#built.webSocketError(...args);
  }
}

export default class extends worker {
  async fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname !== "/api/__gateway-faults") return super.fetch(request);
    failing = searchParams.getAll("fail");
    hangingAt = searchParams.getAll("hang");
    gateway = searchParams.get("at");
    for (const resume of hanging.splice(0)) resume();
    return new Response(null, { status: 204 });
  }
}
