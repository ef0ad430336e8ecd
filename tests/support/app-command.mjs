// scripts/app on the database of a world.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { ROOT } from "../../scripts/lib/root.mjs";

export class AppCommand {
  #world;

  constructor(world) {
    this.#world = world;
  }

  /** Runs the command; returns its output. `input` is its standard input. */
  async run(words, input = "") {
    const { code, stdout, stderr } = await this.#outcome(words, input);
    assert.equal(code, 0, stderr);
    return stdout;
  }

  /** Runs a command that is refused; returns its error, one sentence. */
  async refused(words, input = "") {
    const { code, stdout, stderr } = await this.#outcome(words, input);
    assert.equal(code, 1, `it did it: ${stdout}`);
    assert.doesNotMatch(stderr, /\n\s+at /, "a sentence without a stack trace");
    return stderr;
  }

  async #outcome(words, input) {
    const options = ["--state", this.#world.persist, "--edge", this.#world.url];
    const child = spawn(join(ROOT, "scripts/app"), [...words, ...options], { cwd: ROOT });
    const read = async (stream) => (await stream.setEncoding("utf8").toArray()).join("");
    child.stdin.on("error", () => {}).end(input);
    const [stdout, stderr, code] = await Promise.all([
      read(child.stdout),
      read(child.stderr),
      new Promise((resolve) => child.once("close", resolve)),
    ]);
    return { code, stdout, stderr };
  }
}

/** A value of the environment block that the command prints. */
export function setting(printed, name) {
  return new RegExp(`^${name}=(.*)$`, "m").exec(printed)?.[1];
}
