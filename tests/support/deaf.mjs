// Stands in front of the built worker: the gateways answer nothing on the paths named last by /api/__deaf?to=..., as if they
// were out of reach for that.
import worker, * as built from "./index.js";

export * from "./index.js";

let deafTo = [];

export class Gateway {
  #built;

  constructor(state, env) {
    this.#built = new built.Gateway(state, env);
  }

  async fetch(request) {
    if (deafTo.includes(new URL(request.url).pathname)) throw new Error("out of reach");
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
    return new Response(null, { status: 204 });
  }
}
