import { useState } from "react";
import { type CachedMessage, useLive } from "../../cache";
import type { Attachment } from "../../client";
import { strings } from "../strings";
import { FileCard } from "./FileCard";
import { kindOf } from "./fileWords";
import { Picture } from "./Picture";
import { Player } from "./Player";
import { picturesAround } from "./picturesAround";
import { Viewer } from "./Viewer";

/** The files of a message: pictures, then audio and video, then cards. */
export function Attachments({ message }: { message: CachedMessage }) {
  const { store } = useLive();
  const [opened, setOpened] = useState<{ pictures: Attachment[]; id: string }>();
  const { attachments = [] } = message;
  const isShown = (file: Attachment, ...kinds: string[]) => file.status === "ready" && kinds.includes(kindOf(file));
  const pictures = attachments.filter((file) => isShown(file, "picture"));
  const players = attachments.filter((file) => isShown(file, "audio", "video"));
  const others = attachments.filter((file) => !isShown(file, "picture", "audio", "video"));
  const isTiled = pictures.length > 1;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms
    <div className="attachments" role="group" aria-label={strings.files.list}>
      {pictures.length > 0 && (
        <div className={isTiled ? "pictures tiles" : "pictures"}>
          {pictures.map((file) => (
            <Picture
              key={file.id}
              file={file}
              isTile={isTiled}
              onOpen={() => setOpened({ pictures: picturesAround(store, message), id: file.id })}
            />
          ))}
        </div>
      )}
      {players.map((file) => (
        <Player key={file.id} file={file} />
      ))}
      {others.map((file) => (
        <FileCard key={file.id} file={file} />
      ))}
      {opened && <Viewer pictures={opened.pictures} openAt={opened.id} onClose={() => setOpened(undefined)} />}
    </div>
  );
}
