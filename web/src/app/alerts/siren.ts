import { takeTurn } from "./turn";

/** One call of the alarm: two falling tones, seconds. */
const TONES = [
  { at: 0, from: 880, to: 660, lasts: 0.35 },
  { at: 0.4, from: 880, to: 660, lasts: 0.35 },
] as const;
const EVERY_MS = 2_500;
const VOLUME = 0.25;
const TURN = "campana.alerts.siren";
const GESTURES = ["pointerdown", "keydown"] as const;

/** `silent`: stopped, or another tab of the device sounds. `blocked`: the browser allows no sound before a user gesture. */
export type SirenState = "silent" | "sounding" | "blocked";

/** Repeats the alarm sound until stopped, in one tab of the device at a time: one that the browser allows to sound. */
export class Siren {
  #context: AudioContext | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #state: SirenState = "silent";
  #isOurTurn = false;
  #endTurn: (() => void) | undefined;

  constructor(readonly onState: (state: SirenState) => void) {}

  start(): void {
    if (this.#timer !== undefined || typeof AudioContext === "undefined") return;
    this.#context ??= new AudioContext();
    this.#timer = setInterval(() => this.#call(), EVERY_MS);
    for (const gesture of GESTURES) window.addEventListener(gesture, this.allow);
    this.#call();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    for (const gesture of GESTURES) window.removeEventListener(gesture, this.allow);
    this.#leaveTurn();
    this.#become("silent");
  }

  /** A user gesture occurred. */
  readonly allow = (): void => {
    if (this.#timer === undefined || this.#state === "sounding") return;
    void this.#context?.resume().then(() => this.#call());
  };

  #call(): void {
    const context = this.#context;
    if (!context || this.#timer === undefined) return;
    if (context.state !== "running") {
      // Another tab may be allowed to.
      this.#leaveTurn();
      this.#become("blocked");
      // Starts the sound where no user gesture is required.
      void context.resume().then(() => {
        if (this.#state === "blocked" && context.state === "running") this.#call();
      });
      return;
    }
    if (!this.#isOurTurn) {
      this.#become("silent");
      this.#endTurn ??= takeTurn(TURN, () => {
        this.#isOurTurn = true;
        this.#call();
      });
      return;
    }
    this.#become("sounding");
    for (const { at, from, to, lasts } of TONES) {
      const begins = context.currentTime + at;
      const gain = context.createGain();
      gain.gain.setValueAtTime(0, begins);
      gain.gain.linearRampToValueAtTime(VOLUME, begins + 0.02);
      gain.gain.setValueAtTime(VOLUME, begins + lasts - 0.05);
      gain.gain.linearRampToValueAtTime(0, begins + lasts);
      gain.connect(context.destination);
      const tone = context.createOscillator();
      tone.type = "triangle";
      tone.frequency.setValueAtTime(from, begins);
      tone.frequency.linearRampToValueAtTime(to, begins + lasts);
      tone.connect(gain);
      tone.start(begins);
      tone.stop(begins + lasts);
    }
  }

  #leaveTurn(): void {
    this.#endTurn?.();
    this.#endTurn = undefined;
    this.#isOurTurn = false;
  }

  #become(state: SirenState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.onState(state);
  }
}
