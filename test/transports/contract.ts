import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Message } from "../../src/messages/message.ts";
import type { Transport } from "../../src/transports/transport.ts";
import { refusedLater } from "../support/house.ts";
import { waitFor } from "../support/round.ts";

/** A transport that has not begun, in a house where mira and tomas talk from outside and the agent alice works. */
export interface Stage {
  readonly transport: Transport;
  /** Says something out there, over this transport: whether it listens or not. */
  say(name: "mira" | "tomas", text: string): Promise<void> | void;
  /** It listens again: people out there find it, if they must look for it, and hand over what they still have. */
  comeBack(): Promise<void> | void;
  /** Texts that mira was shown out there, by whomever, in order. */
  shown(): readonly string[];
  /** What stands in the main room, oldest first: who and what. */
  room(): readonly { readonly author: string; readonly text: string; readonly replyTo: number | null }[];
  /** From now on it cannot begin; what is returned ends that. */
  obstruct(): () => void;
  close(): Promise<void>;
}

/** How fast agents and the house may speak on the stage: three at once, and then hardly ever. */
export const stageLimits = { agentRate: 1, agentBurst: 3 };

/** What every transport must do. `open` sets the stage anew for each rule, under `stageLimits`. */
export function transportContract(name: string, open: () => Promise<Stage>): void {
  let stage: Stage;
  let transport: Transport;
  beforeEach(async () => {
    stage = await open();
    ({ transport } = stage);
  });
  afterEach(() => stage.close());

  /** It has begun, and people out there have found it. */
  async function begin(): Promise<void> {
    await transport.startPolling();
    await stage.comeBack();
  }

  const texts = () => stage.room().map(({ text }) => text);
  const arrives = (text: string) => waitFor(() => texts().includes(text), `"${text}" in the room`);

  function hear(): string[] {
    const heard: string[] = [];
    transport.addMessageHandler(({ author, text }) => heard.push(`${author.name}: ${text}`));
    return heard;
  }

  describe(`the ${name} transport keeps the contract of all`, () => {
    test("before it begins it does not listen, is in no trouble, and says nothing", async () => {
      expect(transport.isConnected()).toBe(false);
      expect(transport.trouble).toBeNull();
      expect(await transport.sendMessage("too early")).toBe(false);
      expect(texts()).toEqual([]);
    });

    test("begun, it listens; a second time changes nothing", async () => {
      await begin();
      expect(transport.isConnected()).toBe(true);
      await transport.startPolling();
      expect(transport.isConnected()).toBe(true);
      expect(transport.trouble).toBeNull();
    });

    test("what people say stands in the room and is told to every handler, once, when it is stored", async () => {
      const stored: boolean[] = [];
      const messages: Message[] = [];
      transport.addMessageHandler((message) => {
        messages.push(message);
        stored.push(texts().includes(message.text));
      });
      const heard = hear();
      await begin();
      await stage.say("mira", "good morning");
      await arrives("good morning");
      await stage.say("tomas", "and to you");
      await waitFor(() => heard.length === 2, "both messages");
      expect(heard).toEqual(["mira: good morning", "tomas: and to you"]);
      expect(stored).toEqual([true, true]);
      expect(messages.map(({ room, author }) => [room, author.kind])).toEqual([
        ["general", "person"],
        ["general", "person"],
      ]);
      expect(texts()).toEqual(["good morning", "and to you"]);
    });

    test("a handler that throws keeps neither the others nor the people from anything", async () => {
      transport.addMessageHandler(() => {
        throw new Error("a handler broke");
      });
      const heard = hear();
      await begin();
      await stage.say("mira", "one");
      await arrives("one");
      await stage.say("mira", "two");
      await waitFor(() => heard.length === 2, "both messages");
    });

    test("handlers outlive every stop and start, and hear nothing twice", async () => {
      const heard = hear();
      for (let round = 0; round < 5; round += 1) {
        await begin();
        await stage.say("mira", `round ${round}`);
        await arrives(`round ${round}`);
        await transport.stopPolling();
      }
      await waitFor(() => heard.length >= 5, "all messages");
      expect(heard).toEqual([0, 1, 2, 3, 4].map((round) => `mira: round ${round}`));
    });

    test("it speaks as the house unless it is told otherwise, and as agents by their names; out there one sees it", async () => {
      await begin();
      expect(await transport.sendMessage("the build is green")).toBe(true);
      expect(await transport.sendMessage("I am on it", "alice")).toBe(true);
      expect(await transport.sendMessage("still on it", "alice-bot")).toBe(true);
      expect(stage.room()).toMatchObject([
        { author: "system", text: "the build is green" },
        { author: "alice", text: "I am on it" },
        { author: "alice", text: "still on it" },
      ]);
      const seen = (text: string) => stage.shown().some((shown) => shown.includes(text));
      await waitFor(
        () => seen("the build is green") && seen("I am on it") && seen("still on it"),
        "all of it out there",
      );
    });

    test("it answers a message", async () => {
      const ids: number[] = [];
      transport.addMessageHandler(({ id }) => ids.push(id));
      await begin();
      await stage.say("mira", "who is there?");
      await waitFor(() => ids.length === 1, "the question");
      expect(await transport.sendMessage("me", "alice", ids[0])).toBe(true);
      expect(stage.room().at(-1)).toEqual({ author: "alice", text: "me", replyTo: ids[0] ?? 0 });
    });

    test("what it said itself is not told to handlers", async () => {
      const heard = hear();
      await begin();
      await transport.sendMessage("from the house");
      await stage.say("mira", "from outside");
      await waitFor(() => heard.length > 0, "a message");
      expect(heard).toEqual(["mira: from outside"]);
    });

    test("it speaks for nobody who is not here, and says nothing that is empty", async () => {
      await begin();
      expect(await refusedLater(transport.sendMessage("boo", "zoe"))).toBe("NOT_FOUND");
      expect(await refusedLater(transport.sendMessage("  "))).toBe("INVALID_MESSAGE");
      expect(texts()).toEqual([]);
    });

    test("who speaks too fast is told so by false, and nothing is stored", async () => {
      await begin();
      for (let count = 0; count < 3; count += 1) expect(await transport.sendMessage(`${count}`, "alice")).toBe(true);
      expect(await transport.sendMessage("one too many", "alice")).toBe(false);
      expect(await transport.sendMessage("another sender", "bob")).toBe(true);
      expect(texts()).toEqual(["0", "1", "2", "another sender"]);
    });

    test("stopped, it does not listen and says nothing; a second time changes nothing", async () => {
      await begin();
      await transport.stopPolling();
      await transport.stopPolling();
      expect(transport.isConnected()).toBe(false);
      expect(transport.trouble).toBeNull();
      expect(await transport.sendMessage("too late")).toBe(false);
      expect(texts()).toEqual([]);
    });

    test("stopping before it ever began is nothing either", async () => {
      await transport.stopPolling();
      expect(transport.isConnected()).toBe(false);
    });

    test("what people say while it is stopped is kept where they say it, and arrives once, in order, when it listens again", async () => {
      const heard = hear();
      await begin();
      await stage.say("mira", "before");
      await arrives("before");
      await transport.stopPolling();
      await stage.say("mira", "meanwhile one");
      await stage.say("mira", "meanwhile two");
      expect(texts()).toEqual(["before"]);
      await begin();
      await arrives("meanwhile two");
      await stage.say("mira", "after");
      await arrives("after");
      expect(texts()).toEqual(["before", "meanwhile one", "meanwhile two", "after"]);
      await waitFor(() => heard.length >= 4, "all messages");
      expect(heard.length).toBe(4);
    });

    test("what cannot begin says why and leaves nothing running; it can begin when the obstacle is gone", async () => {
      const clear = stage.obstruct();
      expect(await refusedLater(transport.startPolling())).toBe("TRANSPORT_UNAVAILABLE");
      expect(transport.isConnected()).toBe(false);
      expect(await transport.sendMessage("in vain")).toBe(false);
      clear();
      await begin();
      await stage.say("mira", "at last");
      await arrives("at last");
    });
  });
}
