import type { Api } from "../api";
import { Problem } from "../problem";
import type { Attachment } from "../protocol";
import type { Carrier, Transport } from "./transport";

/** `POST /api/chat/upload`: a file in one request, for files of any size. An upload that breaks off begins again. */
export class WholeFile implements Transport {
  constructor(readonly api: Api) {}

  takes(): boolean {
    return true;
  }

  carrier(file: File): Carrier {
    const headers = {
      // The server finds the type by the content.
      "content-type": "application/octet-stream",
      "content-disposition": `attachment; filename*=UTF-8''${encoded(file.name)}`,
    };
    return {
      canResume: false,
      run: async (progress, signal) => {
        const onProgress = (bytes: number) => progress.sent(bytes);
        const transfer = { method: "POST" as const, headers, body: file, onProgress, signal };
        const response = await this.api.transfer("/api/chat/upload", transfer);
        return (await response.json().catch(() => Promise.reject(Problem.unreachable()))) as Attachment;
      },
      discard: () => {
        // The server keeps nothing of it.
      },
    };
  }
}

/** As RFC 8187 encodes a parameter. A name with half of a surrogate pair, which some systems allow, has a replacement for it. */
function encoded(name: string): string {
  return encodeURIComponent(name.replace(/\p{Surrogate}/gu, "\u{fffd}")).replace(/['()*]/g, (character) => {
    return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
  });
}
