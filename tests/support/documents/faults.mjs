// Differences between what the edge sends and its documents. Each fails the test file, also when the test expects an error.
const faults = [];

process.on("exit", () => {
  if (faults.length === 0) return;
  console.error(`the documents of schema/api do not describe:\n${faults.join("\n")}`);
  process.exitCode = 1;
});

/** Records a difference and returns it as an error. */
export function fault(place, details) {
  const text = `${place}: ${[details].flat().join("; ")}`;
  if (!faults.includes(text)) faults.push(text);
  return new Error(`undocumented: ${text}`);
}

/** Removes and returns the differences so far: for tests of the comparison itself. */
export function takeFaults() {
  return faults.splice(0);
}
