import type { KeptUpload } from "../../client";
import { CloseIcon, FileIcon, PlayIcon } from "../Icons";
import { strings } from "../strings";
import { percentOf, sizeOf } from "./fileWords";
import { TrayButton } from "./TrayButton";
import { useFileChoice } from "./useFileChoice";

interface Props {
  upload: KeptUpload;
  isDisabled: boolean;
  onFiles: (files: File[]) => void;
  onDiscard: () => void;
}

/** An upload that a closed page has begun. A page cannot open the file by itself, so the user chooses it again. */
export function InterruptedFile({ upload: { name, size, sent }, isDisabled, onFiles, onDiscard }: Props) {
  const text = strings.files;
  const percent = percentOf(sent, size);
  const { input, open } = useFileChoice(text.continueOf(name), onFiles);
  return (
    <li className="tray-file tray-interrupted">
      <span className="file-preview" aria-hidden="true">
        <FileIcon />
      </span>
      <span className="file-name" title={name}>
        {name}
      </span>
      <span className="file-facts">
        {sizeOf(size)} · {text.interrupted(percent)}
      </span>
      <progress max={Math.max(1, size)} value={sent} aria-label={text.progressOf(name)} />
      <span className="tray-actions">
        {input}
        <TrayButton label={text.continueOf(name)} isDisabled={isDisabled} onClick={open} icon={<PlayIcon />} />
        <TrayButton label={text.discardOf(name)} onClick={onDiscard} icon={<CloseIcon />} />
      </span>
    </li>
  );
}
