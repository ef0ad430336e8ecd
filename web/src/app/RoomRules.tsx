import { useState } from "react";
import { useLive, useRoom } from "../cache";
import type { Conversation, Posting, RoomRules as Rules } from "../client";
import { spanOf } from "./pace";
import { strings } from "./strings";

/** Spans between two messages to choose from, seconds. */
const SPANS = [0, 10, 30, 60, 300, 900, 3_600, 21_600];

/** Who writes in a room, and how often; for its moderators. */
export function RoomRules({ conversation }: { conversation: Conversation }) {
  const live = useLive();
  const room = useRoom(conversation);
  const [isBusy, setBusy] = useState(false);
  const text = strings.rules;
  if (!room) return null;
  const { id, post, slow_mode_s } = room;
  const change = (rules: Rules) => {
    setBusy(true);
    void live.attempt(live.rooms.change(id, rules)).then(() => setBusy(false));
  };
  const spans = SPANS.includes(slow_mode_s) ? SPANS : [...SPANS, slow_mode_s].sort((a, b) => a - b);
  return (
    <section className="form" aria-labelledby="room-rules">
      <h3 className="section-title" id="room-rules">
        {text.title}
      </h3>
      <label className="labelled">
        <span>{text.post}</span>
        <select
          className="field"
          value={post}
          disabled={isBusy}
          onChange={(event) => change({ post: event.target.value as Posting })}
        >
          {(Object.keys(text.posts) as Posting[]).map((key) => (
            <option key={key} value={key}>
              {text.posts[key]}
            </option>
          ))}
        </select>
      </label>
      <label className="labelled">
        <span>{text.slow}</span>
        <select
          className="field"
          value={slow_mode_s}
          disabled={isBusy}
          onChange={(event) => change({ slow_mode_s: Number(event.target.value) })}
        >
          {spans.map((seconds) => (
            <option key={seconds} value={seconds}>
              {seconds === 0 ? text.off : text.one(spanOf(seconds))}
            </option>
          ))}
        </select>
      </label>
    </section>
  );
}
