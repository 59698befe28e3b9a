import { declarations } from "./declarations.ts";
import { describeParts, openApi } from "./document.ts";
import { type ChatFrames, framesDocument } from "./frames-document.ts";
import type { AppRoute } from "./operations.ts";
import { type ShownReference, shownReference } from "./shown.ts";

/** One document as it is sent: always the same bytes, so that whoever has them need not get them again. */
export interface Sent {
  readonly text: string;
  readonly etag: string;
}

/** What programs, and whoever writes them, read about this server. */
export interface Reference {
  readonly shown: ShownReference;
  readonly sent: { readonly openApi: Sent; readonly frames: Sent; readonly types: Sent };
}

interface Parts {
  version: string;
  cookie: string;
  frames: () => Promise<ChatFrames & { readonly camel: ChatFrames[string] }>;
  /** The app's own, once it has them all. */
  routes: () => readonly AppRoute[];
}

/** Loaded and made when somebody first asks, once: a server that nobody writes a client for spends nothing on it. */
export function createReference({ version, cookie, frames, routes }: Parts): () => Promise<Reference> {
  let made: Promise<Reference> | undefined;
  return () => {
    made ??= make();
    return made;
  };

  async function make(): Promise<Reference> {
    const { documentedParts } = await import("./parts.ts");
    const chatFrames = await frames();
    const described = describeParts(documentedParts(chatFrames.camel.serverFrame), routes());
    const document = await openApi(described, { version, cookie });
    const spoken = await framesDocument(chatFrames);
    return {
      shown: shownReference(described, document.components.schemas, spoken),
      sent: {
        openApi: sent(JSON.stringify(document)),
        frames: sent(JSON.stringify(spoken)),
        types: sent(await declarations(described, chatFrames, version)),
      },
    };
  }
}

function sent(text: string): Sent {
  return { text, etag: `"${Bun.hash(text).toString(36)}"` };
}
