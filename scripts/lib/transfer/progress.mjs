// Progress of a transfer: a bar on a terminal, a line now and then elsewhere.

const BAR_CHARS = 24;
const ON_TERMINAL_MS = 100;
const ELSEWHERE_MS = 10_000;

export class Progress {
  #began = Date.now();
  #shown = 0;
  #unit;
  #stream;

  constructor(unit, stream = process.stderr) {
    this.#unit = unit;
    this.#stream = stream;
  }

  /** @param {number} count finished units @param {number} [share] finished share of the whole, 0 to 1; undefined if it is unknown */
  show(count, share) {
    const now = Date.now();
    if (now - this.#shown < (this.#stream.isTTY ? ON_TERMINAL_MS : ELSEWHERE_MS)) return;
    this.#shown = now;
    const seconds = Math.max((now - this.#began) / 1_000, 0.001);
    const rate = `${count.toLocaleString("en")} ${this.#unit}, ${Math.round(count / seconds).toLocaleString("en")}/s`;
    const left = share > 0 ? `, ${duration((seconds / share) * (1 - share))} left` : "";
    const percent = share === undefined ? "" : `${Math.floor(share * 100)}% `;
    if (this.#stream.isTTY)
      this.#stream.write(`\r\x1b[K${share === undefined ? "" : bar(share)}${percent}${rate}${left}`);
    else this.#stream.write(`${percent}${rate}${left}\n`);
  }

  /** Writes a line of its own. */
  say(text) {
    this.#stream.write(`${this.#stream.isTTY ? "\r\x1b[K" : ""}${text}\n`);
  }
}

function bar(share) {
  const full = Math.round(Math.min(share, 1) * BAR_CHARS);
  return `[${"#".repeat(full)}${".".repeat(BAR_CHARS - full)}] `;
}

function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes] = [Math.floor(whole / 3_600), Math.floor(whole / 60) % 60];
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${whole % 60} s` : `${whole} s`;
}
