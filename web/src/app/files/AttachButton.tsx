import { AttachIcon } from "../Icons";
import { strings } from "../strings";
import { useFileChoice } from "./useFileChoice";

/** Opens the system's choice of files. */
export function AttachButton({ isDisabled, onFiles }: { isDisabled: boolean; onFiles: (files: File[]) => void }) {
  const text = strings.files;
  const { input, open } = useFileChoice(text.attach, onFiles);
  return (
    <>
      {input}
      <button
        type="button"
        className="icon-button attach"
        disabled={isDisabled}
        onClick={open}
        aria-label={text.attach}
        title={text.attach}
      >
        <AttachIcon />
      </button>
    </>
  );
}
