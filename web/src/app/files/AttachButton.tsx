import { useRef } from "react";
import { AttachIcon } from "../Icons";
import { strings } from "../strings";

/** Opens the system's choice of files. */
export function AttachButton({ isDisabled, onFiles }: { isDisabled: boolean; onFiles: (files: File[]) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const text = strings.files;
  return (
    <>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label={text.attach}
        onChange={({ target }) => {
          const files = [...(target.files ?? [])];
          // So that the same file can be chosen again.
          target.value = "";
          if (files.length > 0) onFiles(files);
        }}
      />
      <button
        type="button"
        className="icon-button attach"
        disabled={isDisabled}
        onClick={() => input.current?.click()}
        aria-label={text.attach}
        title={text.attach}
      >
        <AttachIcon />
      </button>
    </>
  );
}
