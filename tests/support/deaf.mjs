// Stands in front of the built worker: the gateways answer nothing on the paths named last by /api/__deaf?to=..., as if they
// were out of reach for that; those named by `hangs` are answered when the next such call comes. With `at` only the
// gateway of that name does so. Without any path all is as it was.
import worker, * as built from "./index.js";

export * from "./index.js";

let deafTo = [];
let hangsAt = [];
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
      if (deafTo.includes(pathname)) throw new Error("out of reach");
      if (hangsAt.includes(pathname)) await new Promise((resolve) => hanging.push(resolve));
    }
    return this.#built.fetch(request);
  }

  alarm() {
    return this.#built.alarm();
  }

  webSocketMessage(...what) {
    return this.#built.webSocketMessage(...what);
  }

  webSocketClose(...what) {
    return this.#built.webSocketClose(...what);
  }

  webSocketError(...what) {
    return this.#built.webSocketError(...what);
  }
}

export default class extends worker {
  async fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname !== "/api/__deaf") return super.fetch(request);
    deafTo = searchParams.getAll("to");
    hangsAt = searchParams.getAll("hangs");
    gateway = searchParams.get("at");
    for (const answer of hanging.splice(0)) answer();
    return new Response(null, { status: 204 });
  }
}
