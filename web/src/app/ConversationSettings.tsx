import { type FormEvent, type ReactNode, useState } from "react";
import { useIsBlocked, useLive } from "../cache";
import type { Conversation, Notify, Person, Preferences } from "../client";
import { BlockButton } from "./BlockedPeople";
import { Dialog } from "./Dialog";
import { endTime } from "./format";
import { moderates, useStanding } from "./moderation";
import { useNotificationsMutedUntil } from "./notifications";
import { RoomRules } from "./RoomRules";
import { strings } from "./strings";

const HOUR_MS = 3_600_000;
const MUTES = [
  { span: "hour", forMs: HOUR_MS },
  { span: "workday", forMs: 8 * HOUR_MS },
  { span: "day", forMs: 24 * HOUR_MS },
  { span: "week", forMs: 7 * 24 * HOUR_MS },
] as const;

interface Props {
  conversation: Conversation;
  onClose: () => void;
  /** Actions that have no button of their own on a narrow screen. */
  children?: ReactNode;
}

/** The user's preferences of a conversation, the block of its peer, and for moderators the rules of its room. */
export function ConversationSettings({ conversation, onClose, children }: Props) {
  const live = useLive();
  const standing = useStanding(conversation);
  const { id, preferences, peer, room_id } = conversation;
  const text = strings.settings;
  const change = (wanted: Partial<Preferences>) => void live.changePreferences(id, wanted);
  return (
    <Dialog title={text.title} close={text.close} onClose={onClose}>
      {children}
      {preferences && (
        <div className="form">
          <Check
            label={text.favorite}
            isOn={preferences.favorite}
            onChange={(favorite) => change({ favorite, ...(favorite && { archived: false }) })}
          />
          <Check
            label={text.archived}
            hint={text.archivedHint}
            isOn={preferences.archived}
            onChange={(archived) => change({ archived })}
          />
          <Notifications preferences={preferences} onChange={change} />
        </div>
      )}
      {peer && <Peer peer={peer} />}
      {room_id && moderates(standing) && <RoomRules conversation={conversation} />}
    </Dialog>
  );
}

interface CheckProps {
  label: string;
  hint?: string;
  isOn: boolean;
  onChange: (isOn: boolean) => void;
}

function Check({ label, hint, isOn, onChange }: CheckProps) {
  return (
    <label className="choice">
      <input type="checkbox" checked={isOn} onChange={(event) => onChange(event.target.checked)} />
      <span>
        {label}
        {hint && <span className="hint">{hint}</span>}
      </span>
    </label>
  );
}

interface NotificationsProps {
  preferences: Preferences;
  onChange: (change: Partial<Preferences>) => void;
}

function Notifications({ preferences, onChange }: NotificationsProps) {
  const text = strings.settings;
  const { notify } = preferences;
  const until = useNotificationsMutedUntil(preferences);
  const mute = (end: Date) => onChange({ notifications_muted_until: end.toISOString() });
  return (
    <>
      <fieldset className="choices">
        <legend>{text.notifications}</legend>
        {(Object.keys(text.notify) as Notify[]).map((key) => (
          <label key={key} className="choice">
            <input type="radio" name="notify" checked={notify === key} onChange={() => onChange({ notify: key })} />
            {text.notify[key]}
          </label>
        ))}
      </fieldset>
      {until ? (
        <div className="action-line">
          <span className="grow" role="status">
            {text.mutedUntil(endTime(until))}
          </span>
          <button
            type="button"
            className="button small-button"
            onClick={() => onChange({ notifications_muted_until: null })}
          >
            {text.unmute}
          </button>
        </div>
      ) : (
        <>
          <div className="action-line">
            <span className="action-label">{text.mute}</span>
            {MUTES.map(({ span, forMs }) => (
              <button
                key={span}
                type="button"
                className="button small-button"
                onClick={() => mute(new Date(Date.now() + forMs))}
                aria-label={text.muteFor(text.mutes[span])}
              >
                {text.mutes[span]}
              </button>
            ))}
          </div>
          <MuteUntil onMute={mute} />
        </>
      )}
    </>
  );
}

/** Mutes until a time of the user's choice. */
function MuteUntil({ onMute }: { onMute: (end: Date) => void }) {
  const [value, setValue] = useState("");
  const text = strings.settings;
  const end = new Date(value);
  const isLater = end.getTime() > Date.now();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isLater) onMute(end);
  };
  return (
    <form className="action-line" onSubmit={submit}>
      <label className="labelled grow">
        <span>{text.until}</span>
        <input
          type="datetime-local"
          className="field"
          value={value}
          onChange={(event) => setValue(event.target.value)}
        />
      </label>
      <button type="submit" className="button small-button" disabled={!isLater}>
        {text.untilSet}
      </button>
    </form>
  );
}

function Peer({ peer: { user_id, name } }: { peer: Person }) {
  const live = useLive();
  const isBlocked = useIsBlocked({ sender_id: user_id });
  const text = strings.blocks;
  return (
    <section className="form" aria-labelledby="settings-person">
      <h3 className="section-title" id="settings-person">
        {strings.settings.person}
      </h3>
      {isBlocked ? (
        <button
          type="button"
          className="button small-button"
          onClick={() => void live.attempt(live.blocks.unblock(user_id))}
        >
          {text.unblockOf(name)}
        </button>
      ) : (
        <BlockButton userId={user_id} name={name} />
      )}
    </section>
  );
}
