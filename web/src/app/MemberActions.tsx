import { type FormEvent, useState } from "react";
import type { CachedMember } from "../cache";
import { type Act, MAX_REASON_CHARS, useAct } from "./moderation";
import { strings } from "./strings";

const MINUTE_MS = 60_000;
const MUTES = [
  { span: "minutes", forMs: 10 * MINUTE_MS },
  { span: "hour", forMs: 60 * MINUTE_MS },
  { span: "day", forMs: 24 * 60 * MINUTE_MS },
] as const;

interface Props {
  roomId: string;
  member: CachedMember;
  canModerate: boolean;
  canPromote: boolean;
  onDone: () => void;
}

/** A moderator's actions on a member. Removal and ban need a confirmation. */
export function MemberActions({ roomId, member, canModerate, canPromote, onDone }: Props) {
  const act = useAct(roomId, member);
  const [asking, setAsking] = useState<"remove" | "ban">();
  const text = strings.people;
  // Callbacks of `mutate` do not run after unmount, and the row can unmount before the response.
  const run = (wanted: Act) => void act.mutateAsync(wanted).then(onDone, () => {});
  if (asking === "ban") {
    return (
      <BanForm
        name={member.name}
        isBusy={act.isPending}
        onBan={(reason) => run({ do: "ban", reason })}
        onCancel={() => setAsking(undefined)}
      />
    );
  }
  const promoted = member.role === "member" ? "moderator" : "member";
  return (
    <fieldset className="member-actions" disabled={act.isPending}>
      <legend className="visually-hidden">{text.actions(member.name)}</legend>
      {canModerate && (
        <div className="action-line">
          {member.muted_until ? (
            <button type="button" className="button small-button" onClick={() => run({ do: "unmute" })}>
              {text.unmute}
            </button>
          ) : (
            <>
              <span className="action-label">{text.mute}</span>
              {MUTES.map(({ span, forMs }) => (
                <button
                  key={span}
                  type="button"
                  className="button small-button"
                  onClick={() => run({ do: "mute", forMs })}
                  aria-label={`${text.mute} ${text.mutes[span]}`}
                >
                  {text.mutes[span]}
                </button>
              ))}
            </>
          )}
        </div>
      )}
      <div className="action-line">
        {canPromote && (
          <button
            type="button"
            className="button small-button"
            onClick={() => run({ do: "change role", role: promoted })}
          >
            {promoted === "moderator" ? text.makeModerator : text.makeMember}
          </button>
        )}
        {canModerate && (
          <>
            <button
              type="button"
              className={`button small-button${asking === "remove" ? " danger" : ""}`}
              onClick={() => (asking === "remove" ? run({ do: "remove" }) : setAsking("remove"))}
              onBlur={() => setAsking(undefined)}
            >
              {asking === "remove" ? text.confirmRemove : text.remove}
            </button>
            <button type="button" className="button small-button danger" onClick={() => setAsking("ban")}>
              {text.ban}
            </button>
          </>
        )}
      </div>
    </fieldset>
  );
}

function BanForm(props: { name: string; isBusy: boolean; onBan: (reason: string) => void; onCancel: () => void }) {
  const [reason, setReason] = useState("");
  const text = strings.people;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    props.onBan(reason.trim());
  };
  return (
    <form className="member-actions" onSubmit={submit}>
      <input
        className="field"
        value={reason}
        onChange={(event) => setReason(event.target.value)}
        placeholder={text.banReason}
        aria-label={text.banReason}
        maxLength={MAX_REASON_CHARS}
        autoComplete="off"
        // biome-ignore lint/a11y/noAutofocus: it stands where the button was that opened it
        autoFocus
      />
      <div className="action-line">
        <button type="submit" className="button small-button danger" disabled={props.isBusy}>
          {text.confirmBan(props.name)}
        </button>
        <button type="button" className="button small-button" onClick={props.onCancel}>
          {text.cancel}
        </button>
      </div>
    </form>
  );
}
