import { CommandError } from "../operator.ts";

interface Frame {
  readonly type: string;
  readonly data?: {
    readonly success?: boolean;
    readonly clientId?: unknown;
    readonly message?: unknown;
    readonly messages?: readonly { readonly text?: unknown }[];
  };
}

/** A client as programs write them: JSON over a WebSocket, in the camel dialect (PROTOCOL.md, 1a). */
export interface ChatClient {
  /** Says something in the main room, and waits until it is acknowledged. */
  say(text: string): Promise<void>;
  /** The newest texts of the main room. */
  history(): Promise<readonly string[]>;
  close(): void;
}

/** Opens a socket and signs in. @param origin of a server, `http:` @throws CommandError */
export async function openChat(origin: string, apiKey: string, answerMs: number): Promise<ChatClient> {
  const socket = new WebSocket(`${origin.replace(/^http/, "ws")}/ws`);
  const waiting = new Set<{ fits(frame: Frame): boolean; found(frame: Frame): void }>();
  const lost = new Promise<never>((_, reject) => {
    socket.onclose = ({ code }) => reject(new CommandError(`a socket was closed with ${code}`));
    socket.onerror = () => reject(new CommandError("no socket could be opened"));
  });
  lost.catch(() => undefined);
  socket.onmessage = ({ data }) => {
    const frame = JSON.parse(String(data)) as Frame;
    for (const each of waiting) if (each.fits(frame)) each.found(frame);
  };

  /** @throws CommandError for a refusal, a lost socket, and for no answer in time */
  async function answered(what: string, fits: (frame: Frame) => boolean): Promise<Frame> {
    let timer: Timer | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new CommandError(`${what} did not come within ${answerMs / 1_000} s`)), answerMs);
    });
    const frame = new Promise<Frame>((resolve, reject) => {
      waiting.add({
        fits: (each) => each.type === "error" || fits(each),
        found: (each) =>
          each.type === "error"
            ? reject(new CommandError(`${what} was refused: ${each.data?.message}`))
            : resolve(each),
      });
    });
    try {
      return await Promise.race([frame, late, lost]);
    } finally {
      clearTimeout(timer);
      waiting.clear();
    }
  }

  const opened = new Promise<void>((resolve) => {
    socket.onopen = () => resolve();
  });
  await Promise.race([opened, lost]);
  const welcome = answered("the welcome", ({ type }) => type === "auth_response");
  socket.send(JSON.stringify({ type: "auth", data: { apiKey } }));
  if ((await welcome).data?.success !== true) throw new CommandError("the welcome was none");

  return {
    async say(text) {
      const clientId = crypto.randomUUID();
      const echo = answered(
        "the echo of a message",
        ({ type, data }) => type === "message" && data?.clientId === clientId,
      );
      socket.send(JSON.stringify({ type: "message", data: { text, clientId } }));
      await echo;
    },
    async history() {
      const answer = answered("the history", ({ type }) => type === "chat_history");
      socket.send(JSON.stringify({ type: "get_chat_history", data: { limit: 20 } }));
      return ((await answer).data?.messages ?? []).map(({ text }) => String(text));
    },
    close() {
      socket.onclose = null;
      socket.onerror = null;
      socket.close(1000);
    },
  };
}
