// npm leaves optional platform packages out of the lock when the registry at hand does not carry them, and `npm ci`
// then refuses that lock everywhere. This names them, at the version their dependents ask for exactly; their hash is
// filled in by the first `npm install` that can see them.
import { readFileSync, writeFileSync } from "node:fs";

const OS = {
  android: "android",
  darwin: "darwin",
  linux: "linux",
  win32: "win32",
  windows: "win32",
  freebsd: "freebsd",
};
const CPU = { wasm32: "wasm32", arm64: "arm64", x64: "x64", 64: "x64", arm: "arm", ia32: "ia32" };

const lock = JSON.parse(readFileSync("package-lock.json", "utf8"));
let completed = 0;
const names = Object.keys(lock.packages);
for (const entry of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const exact = /^\d/.test(version);
    if (!exact || names.some((known) => known.endsWith(`node_modules/${name}`))) continue;
    lock.packages[`node_modules/${name}`] = platformEntry(name, version);
    completed += 1;
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([one], [other]) => (one < other ? -1 : 1)));
writeFileSync("package-lock.json", `${JSON.stringify(lock, null, 2)}\n`);
if (completed > 0) console.log(`named ${completed} packages of other platforms that the registry at hand lacks`);

function platformEntry(name, version) {
  const words = name.split("/").at(-1).split("-");
  const os = words.map((word) => OS[word]).filter(Boolean);
  const cpu = words.map((word) => CPU[word]).filter(Boolean);
  if (os.length === 0 && cpu.length === 0) throw new Error(`${name} names no platform`);
  const libc = words.includes("musl") ? { libc: ["musl"] } : {};
  return { version, ...(cpu.length > 0 && { cpu }), dev: true, ...libc, optional: true, ...(os.length > 0 && { os }) };
}
