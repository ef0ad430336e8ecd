import { useState } from "react";
import { useAlarm } from "../../alerts/hooks";
import { alertStrings } from "../alerts/strings";
import { Dialog } from "../Dialog";

/** Raises a drill: an alert marked as practice. */
export function Drill() {
  const alarm = useAlarm();
  const [isAsking, setAsking] = useState(false);
  const text = alertStrings.security;
  return (
    <>
      <button type="button" className="button small-button" onClick={() => setAsking(true)}>
        {text.practice}
      </button>
      {isAsking && (
        <Dialog title={text.practice} close={text.cancel} onClose={() => setAsking(false)}>
          <p>{text.practiceConfirm}</p>
          <div className="dialog-footer">
            <button
              type="button"
              className="button primary"
              onClick={() => {
                alarm.raise({ drill: true });
                setAsking(false);
              }}
            >
              {text.practiceStart}
            </button>
          </div>
        </Dialog>
      )}
    </>
  );
}
