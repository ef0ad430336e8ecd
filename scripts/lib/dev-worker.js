// The worker of a development build: connects workerd to the functions and classes of the WebAssembly, as worker-build's shim does
// in a release build. A trap (a panic) leaves an instance unusable, so the next call creates a new one and constructs each object
// again. dev-build.mjs bundles it, with an export for each Durable Object and `campana-edge` as wasm-bindgen's output, which may be that
// of the images Worker.
// Compare with worker-build's `shim.js` when `worker` is upgraded.
import { WorkerEntrypoint } from "cloudflare:workers";
import * as edge from "campana-edge";

const NOT_HANDLERS = new Set(["constructor", "free", "__destroy_into_raw"]);
const state = edge.__worker_init_state();

Error.stackTraceLimit = 100;
addEventListener("error", ({ error }) => note(error));

function note(error) {
  if (!(error instanceof WebAssembly.RuntimeError)) return;
  console.error("Critical", error);
  state.criticalError = true;
}

function call(handler) {
  if (state.criticalError) {
    console.log("Reinitializing Wasm application");
    edge.__wbg_reset_state();
    state.criticalError = false;
    state.instanceId += 1;
  }
  try {
    return handler();
  } catch (error) {
    note(error);
    throw error;
  }
}

export default class extends WorkerEntrypoint {
  fetch(request) {
    return call(() => edge.fetch(request, this.env, this.ctx));
  }

  scheduled(event) {
    return call(() => edge.scheduled(event, this.env, this.ctx));
  }
}

/** Wraps an exported WebAssembly class: the same handlers, on the current instance. */
export function durableObject(Exported) {
  class DurableObject {
    #context;
    #env;
    #object;
    #instanceId;

    constructor(context, env) {
      this.#context = context;
      this.#env = env;
      call(() => this.#current());
    }

    #current() {
      if (this.#instanceId !== state.instanceId) {
        this.#object = new Exported(this.#context, this.#env);
        this.#instanceId = state.instanceId;
      }
      return this.#object;
    }

    static handle(name) {
      DurableObject.prototype[name] = function (...args) {
        return call(() => this.#current()[name](...args));
      };
    }
  }
  Object.getOwnPropertyNames(Exported.prototype)
    .filter((name) => !NOT_HANDLERS.has(name))
    .forEach(DurableObject.handle);
  return DurableObject;
}
