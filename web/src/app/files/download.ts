import type { LiveCache } from "../../cache";
import type { Attachment } from "../../client";

/** Saves a file on the device. */
export async function download(live: LiveCache, file: Attachment): Promise<void> {
  try {
    const link = document.createElement("a");
    link.href = await live.client.files.address(file);
    link.download = file.name;
    link.rel = "noopener";
    link.click();
  } catch (error) {
    live.report(error);
  }
}
