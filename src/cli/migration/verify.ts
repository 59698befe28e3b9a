import type { Config } from "../../config.ts";
import { type TransportMode, typesOf } from "../../transports/choice.ts";
import { CommandError } from "../operator.ts";
import { openChat } from "./chat.ts";
import { type House, inHouse } from "./house.ts";

/**
 * Proves that the product works as it is configured now: starts it on a copy of the database, comes in with a key as any program
 * does, says something, and finds it again after coming back.
 * @returns what was seen, in words @throws CommandError saying what did not work
 */
export function verify(config: Config, to: TransportMode, copy: string): Promise<string> {
  return inHouse(config, copy, async (house) => {
    const { operator, parley } = house;
    const { transport_type: talked, connected } = await operator.ask("GET", "/communication/stats");
    if (talked !== to || connected !== true)
      throw new CommandError(`a server of these settings talks over ${talked}, not over ${to}`);
    const key = await keyOf(house);
    const text = `A migration looks whether messages arrive (${crypto.randomUUID()}).`;
    if (!typesOf(to).includes("websocket")) {
      await sayOverHttp(parley.url.origin, key, text, config.limits.migrationAnswerMs);
      return "a server of these settings starts; a message over HTTP was stored and found again";
    }
    // The port for programs, where there is one.
    const origins = [parley.url.origin, ...(parley.websocketUrl ? [parley.websocketUrl.origin] : [])];
    for (const origin of origins) await sayOverSocket(origin, key, text, config.limits.migrationAnswerMs);
    return "a server of these settings starts; a message over WebSocket was acknowledged, and there after coming back";
  });
}

/** A key of somebody who exists in the copy only. */
async function keyOf({ operator }: House): Promise<string> {
  const name = `migration-${crypto.randomUUID().slice(0, 8)}`;
  const password = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64url");
  await operator.ask("POST", "/api/v1/members", { name, role: "developer", password });
  const made = await operator.ask("POST", "/api/v1/api-keys", { name, for: name, permissions: ["read", "write"] });
  return String(made.key);
}

async function sayOverSocket(origin: string, key: string, text: string, answerMs: number): Promise<void> {
  const first = await openChat(origin, key, answerMs);
  await first.say(text);
  first.close();
  const again = await openChat(origin, key, answerMs);
  const found = (await again.history()).filter((each) => each === text).length;
  again.close();
  if (found === 0) throw new CommandError("a message that was acknowledged is not there after coming back");
}

async function sayOverHttp(origin: string, key: string, text: string, answerMs: number): Promise<void> {
  const address = `${origin}/api/v1/rooms/general/messages`;
  const headers = { "x-api-key": key, "content-type": "application/json" };
  const signal = AbortSignal.timeout(answerMs);
  const said = await fetch(address, { method: "POST", headers, body: JSON.stringify({ text }), signal });
  if (said.status !== 201) throw new CommandError(`a message over HTTP was answered with ${said.status}`);
  const { messages } = (await (await fetch(address, { headers, signal })).json()) as { messages: { text: string }[] };
  if (!messages.some((each) => each.text === text)) throw new CommandError("a message that was stored is not there");
}
