// The Laravel application of tests/laravel/app on PHP's built-in server, with its queue's worker, configured by the blocks of the guide.
import { execFile, execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { snippet, variables, withVariables } from "./guide.mjs";

const HERE = fileURLToPath(new URL("../laravel/", import.meta.url));
const MISSING = fileURLToPath(new URL("../../scripts/lib/laravel-missing.php", import.meta.url));
const GUIDE = "moving-from-pusher.md";
const PACKAGES = "php-laravel-framework, php-guzzlehttp-guzzle, php-cli, php-curl and php-sqlite3";
const FOLDERS = ["bootstrap/cache", "storage/framework/sessions", "storage/framework/views", "storage/logs"];
const OPCACHE = ["-d", "opcache.enable_cli=1"];
const run = promisify(execFile);

/** Why Laravel cannot run here, or false. */
export function laravelIsMissing() {
  try {
    execFileSync("php", [MISSING], { stdio: "pipe" });
    return false;
  } catch (error) {
    const fault = error.code === "ENOENT" ? "PHP is not installed" : `PHP lacks ${error.stdout || error.stderr}`;
    return `${process.env.CAMPANA_NO_LARAVEL ?? fault} (Debian's packages ${PACKAGES})`;
  }
}

/** Major version of the installed framework. */
export function laravelVersion() {
  return Number.parseInt(
    php("require 'Illuminate/autoload.php'; echo Illuminate\\Foundation\\Application::VERSION;"),
    10,
  );
}

/** Runs PHP code; returns what it prints. */
function php(code) {
  return execFileSync("php", ["-r", code], { encoding: "utf8" });
}

/**
 * The guide's variables and Echo options for a connection.
 * @param {"pusher" | "reverb"} connection
 */
export function guideFor(connection) {
  const prefix = connection.toUpperCase();
  const echo = snippet(GUIDE, "js", "import.meta.env.VITE_REVERB_APP_KEY");
  return {
    environment: snippet(GUIDE, "sh", `${prefix}_APP_ID`),
    // The guide describes the options of the connection `pusher` by their differences.
    echo:
      connection === "reverb"
        ? echo
        : echo.replaceAll("VITE_REVERB_", "VITE_PUSHER_").replace('"reverb",', '"pusher", cluster: "",'),
  };
}

/** Laravel 11 has renamed the variable that names the connection; the guide says so beside it. */
function nameOfConnection(block) {
  return laravelVersion() > 10 ? block.replace("BROADCAST_DRIVER", "BROADCAST_CONNECTION") : block;
}

/** Starts the application as a backend of a world's app `1`. */
export async function startLaravel(world, { connection = "pusher" } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "campana-laravel-"));
  const laravel = new Laravel(folder);
  try {
    await laravel.install(world, connection);
    await laravel.start();
    return laravel;
  } catch (error) {
    await laravel.stop();
    throw error;
  }
}

class Laravel {
  #processes = [];
  /** Lines that the processes wrote. */
  printed = [];

  constructor(folder) {
    this.folder = folder;
  }

  async install(world, connection) {
    cpSync(join(HERE, "app"), this.folder, { recursive: true });
    cpSync(join(HERE, "library"), join(this.folder, "library"), { recursive: true });
    for (const name of FOLDERS) mkdirSync(join(this.folder, name), { recursive: true });
    const { hostname, port, protocol } = new URL(world.url);
    const { environment, echo } = guideFor(connection);
    const prefix = connection.toUpperCase();
    const block = withVariables(nameOfConnection(environment), {
      [`${prefix}_HOST`]: hostname,
      [`${prefix}_PORT`]: port,
      [`${prefix}_SCHEME`]: protocol.slice(0, -1),
    });
    const key = `APP_KEY=base64:${randomBytes(32).toString("base64")}\n`;
    writeFileSync(join(this.folder, ".env"), `${key}${block}`);
    this.#configure();
    writeFileSync(join(this.folder, "routes/api.php"), `<?php\n${snippet(GUIDE, "php", "X-Campana-Delivery")}`);
    writeFileSync(join(this.folder, "database/database.sqlite"), "");
    await this.#bundle(echo, variables(block));
    await this.artisan("migrate", "--force");
  }

  /** From Laravel 11 on the file that the framework brings; for earlier releases the guide's connection. */
  #configure() {
    const file = join(this.folder, "config/broadcasting.php");
    if (laravelVersion() > 10) {
      writeFileSync(file, php("readfile('Illuminate/config/broadcasting.php', true);"));
    } else {
      const connection = snippet(GUIDE, "php", "'driver' => 'pusher'");
      writeFileSync(file, `<?php\nreturn ['default' => env('BROADCAST_DRIVER'), 'connections' => [${connection}]];\n`);
    }
  }

  /** Builds the guide's set-up of Echo as Vite does, which replaces the variables. */
  async #bundle(contents, values) {
    const names = Object.keys(values).filter((name) => name.startsWith("VITE_"));
    const define = Object.fromEntries(names.map((name) => [`import.meta.env.${name}`, JSON.stringify(values[name])]));
    const outfile = join(this.folder, "public/echo.js");
    await build({ stdin: { contents, resolveDir: HERE }, bundle: true, outfile, format: "iife", define });
  }

  async start() {
    const port = await freePort();
    this.url = `http://127.0.0.1:${port}`;
    const server = this.#spawn([...OPCACHE, "-S", `127.0.0.1:${port}`, "-t", "public", "public/index.php"]);
    await printed(server, /Development Server .* started/);
    this.#spawn([...OPCACHE, "artisan", "queue:work", "--sleep=0.05", "--tries=1"]);
  }

  /** Runs a console command; resolves with what it printed. */
  async artisan(...words) {
    try {
      const { stdout } = await run("php", ["artisan", ...words], { cwd: this.folder });
      return stdout;
    } catch ({ stdout, stderr }) {
      throw new Error(`php artisan ${words.join(" ")}: ${stdout}${stderr}`);
    }
  }

  /** Calls a method of Pusher's PHP library, configured by Laravel; resolves with its answer, rejects with a refusal. */
  async library(method, ...words) {
    const { answer, status, error } = JSON.parse(await this.artisan("pusher", method, JSON.stringify(words)));
    if (error !== undefined) throw Object.assign(new Error(error), { status });
    return answer;
  }

  /** Laravel's log: what its exception handler reported. */
  log() {
    try {
      return readFileSync(join(this.folder, "storage/logs/laravel.log"), "utf8");
    } catch {
      return "";
    }
  }

  #spawn(words) {
    const child = spawn("php", words, { cwd: this.folder, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        this.printed.push(line);
        child.emit("line", line);
      });
    }
    this.#processes.push(child);
    return child;
  }

  async stop() {
    for (const child of this.#processes) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Resolves when a process prints a line that matches; rejects when it ends first. */
function printed(child, pattern) {
  return new Promise((resolve, reject) => {
    child.on("line", (line) => pattern.test(line) && resolve());
    child.once("exit", () => reject(new Error(`PHP's server ended before it printed ${pattern}`)));
  });
}

async function freePort() {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}
