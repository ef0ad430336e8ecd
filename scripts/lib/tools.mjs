// Runs the tools of a build. Each has its own process group, so that stopping it also stops its children.
import { spawn } from "node:child_process";
import { ROOT } from "./root.mjs";

const running = new Set();

/** A tool that did not start or that failed; its standard error is on the terminal. */
export class ToolFailed extends Error {}

/**
 * Runs a tool in the repository's root. Its standard error goes to the terminal.
 * @param {string} command @param {string[]} args @param {Record<string, string>} [env] added to this process's
 * @returns {Promise<string>} its standard output; rejects with `ToolFailed`
 */
export function runTool(command, args, env = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: ROOT,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "inherit"],
      detached: true,
    });
    running.add(child);
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text) => {
      output += text;
    });
    child.once("error", (error) => {
      running.delete(child);
      reject(new ToolFailed(`${command}: ${error.message}`));
    });
    child.once("close", (code, signal) => {
      running.delete(child);
      if (code === 0) resolve(output);
      else reject(new ToolFailed(`${command} ended with ${signal ?? code}`));
    });
  });
}

/** Stops every running tool. */
export function stopTools() {
  for (const { pid } of running) {
    try {
      process.kill(-pid, "SIGTERM");
    } catch (error) {
      if (error.code !== "ESRCH") throw error;
    }
  }
}
