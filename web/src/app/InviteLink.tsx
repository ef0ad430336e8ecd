import { type FormEvent, useId, useRef, useState } from "react";
import { useLive } from "../cache";
import type { Conversation, InviteDraft } from "../client";
import { useMakeInvite } from "./invitations";
import { strings } from "./strings";

const HOUR_MS = 3_600_000;
const LIFETIMES = {
  hour: HOUR_MS,
  day: 24 * HOUR_MS,
  week: 7 * 24 * HOUR_MS,
  ever: null,
};
const USES = [1, 5, 25, 100];

type Lifetime = keyof typeof LIFETIMES;

export function draftOf(lifetime: Lifetime, uses: string, now: number): InviteDraft {
  const lasts = LIFETIMES[lifetime];
  const expires_at = lasts === null ? null : new Date(now + lasts).toISOString();
  return uses === "" ? { expires_at } : { expires_at, max_uses: Number(uses) };
}

/** Creates an invite link. Only the response has it, so it is shown until the panel closes. */
export function InviteLink({ conversation }: { conversation: Conversation }) {
  const live = useLive();
  const make = useMakeInvite(conversation);
  const [lifetime, setLifetime] = useState<Lifetime>("week");
  const [uses, setUses] = useState("");
  const text = strings.inviting;
  const [lifetimeId, usesId] = [useId(), useId()];
  const submit = (event: FormEvent) => {
    event.preventDefault();
    make.mutate(draftOf(lifetime, uses, Date.now()), { onError: (error) => live.report(error) });
  };
  const url = make.data?.url;
  return (
    <form className="invite-form" onSubmit={submit}>
      <div className="invite-choices">
        <label htmlFor={lifetimeId}>{text.lifetime}</label>
        <select
          id={lifetimeId}
          className="field"
          value={lifetime}
          onChange={(event) => setLifetime(event.target.value as Lifetime)}
        >
          {(Object.keys(LIFETIMES) as Lifetime[]).map((key) => (
            <option key={key} value={key}>
              {text.lifetimes[key]}
            </option>
          ))}
        </select>
        <label htmlFor={usesId}>{text.uses}</label>
        <select id={usesId} className="field" value={uses} onChange={(event) => setUses(event.target.value)}>
          <option value="">{text.anyNumber}</option>
          {USES.map((count) => (
            <option key={count} value={count}>
              {text.people(count)}
            </option>
          ))}
        </select>
      </div>
      {url && <Link url={url} key={url} />}
      <button type="submit" className={url ? "button small-button" : "button primary"} disabled={make.isPending}>
        {url ? text.makeAnother : text.make}
      </button>
    </form>
  );
}

function Link({ url }: { url: string }) {
  const field = useRef<HTMLInputElement>(null);
  const [isCopied, setCopied] = useState(false);
  const text = strings.inviting;
  const copy = async () => {
    // If the clipboard is unavailable, the selected text can be copied by key.
    field.current?.select();
    try {
      await navigator.clipboard.writeText(url);
      setCopied(true);
    } catch {
      setCopied(false);
    }
  };
  return (
    <div role="status">
      <div className="invite-link">
        <input ref={field} className="field" value={url} readOnly aria-label={text.link} />
        <button type="button" className="button primary" onClick={() => void copy()}>
          {isCopied ? text.copied : text.copy}
        </button>
      </div>
      <p className="muted small">{text.once}</p>
    </div>
  );
}
