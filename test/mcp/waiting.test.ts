import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Answer, Ask } from "../../src/approvals/ask.ts";
import { waitFor } from "../support/round.ts";
import { eras, openWorkbench, post, type Workbench } from "../support/toolbox.ts";

let bench: Workbench;
beforeAll(async () => {
  bench = await openWorkbench({ limits: { mcpProgressMs: 5, streamBeatMs: 20 } });
});
afterAll(() => bench[Symbol.asyncDispose]());

/** Somebody who is asked, and answers when the test says so. */
function oracle() {
  const asked: { ask: Ask; answer: (text: string) => void }[] = [];
  const by = {
    id: 1,
    kind: "person",
    handle: "dora",
    name: "dora",
    title: "",
    role: "developer",
    removedAt: null,
  } as const;
  return {
    asked,
    signal: new AbortController().signal,
    ask: (ask: Ask) =>
      new Promise<Answer>((resolve) => {
        asked.push({ ask, answer: (text) => resolve({ outcome: "said", text, by }) });
      }),
    /** The `n`th question, when it was asked. */
    question: (n = 0) => waitFor(() => asked[n], "a question"),
  };
}

const ports = { question: "Which port?" };
const unhurried = { timeout: 20_000 };

describe.each(eras)("%s", (_, era) => {
  test("what is asked of people is answered by them, and whoever listens hears meanwhile that it goes on", async () => {
    const [run, people] = [await bench.run(bench.dora), oracle()];
    const { client } = await bench.overHttp(bench.mcpFor(run.request, true, people).token, era);
    let beats = 0;
    const asked = client.callTool(
      { name: "ask_human", arguments: ports },
      { ...unhurried, onprogress: () => (beats += 1), resetTimeoutOnProgress: true },
    );
    const { ask, answer } = await people.question();
    expect(ask).toMatchObject({ kind: "question", title: "Which port?", takesText: true });
    await waitFor(() => beats > 2, "progress");
    answer("8080");
    expect((await asked).content).toEqual([{ type: "text", text: "dora answered: 8080" }]);
    run.end();
  });

  test("help is asked for in the room, and what is said there goes back into the run", async () => {
    const run = await bench.run(bench.dora, "general", "fix the flux");
    const hers = await bench.overHttp(bench.mcpFor(run.request).token, era);
    const helped = hers.use("request_help", { issue: "no flux capacitor" });
    const { id } = run.request.message;
    await waitFor(async () => {
      const { messages } = await bench.dora.must("GET", "/api/v1/rooms/general/messages");
      return messages.some(({ text }: { text: string }) => text.includes("no flux capacitor"));
    }, "the request");
    await bench.dora.must("POST", "/api/v1/rooms/general/messages", { text: "second shelf", replyTo: id });
    expect(await helped).toBe("dora: second shelf");
    run.end();
  });

  test("an answer that came late is not lost: asked again, it is the answer, and nobody was asked twice", async () => {
    const [run, people] = [await bench.run(bench.dora), oracle()];
    const { client, use } = await bench.overHttp(bench.mcpFor(run.request, true, people).token, era);
    const patience = new AbortController();
    const asked = client.callTool({ name: "ask_human", arguments: ports }, { ...unhurried, signal: patience.signal });
    const { answer } = await people.question();
    patience.abort();
    await asked.catch(() => undefined);
    const again = use("ask_human", ports);
    answer("8080");
    expect(await again).toBe("dora answered: 8080");
    expect(people.asked).toHaveLength(1);
    run.end();
  });

  test("or it comes with whatever is asked next, once", async () => {
    const [run, people] = [await bench.run(bench.dora), oracle()];
    const { client, use } = await bench.overHttp(bench.mcpFor(run.request, true, people).token, era);
    const patience = new AbortController();
    const asked = client.callTool({ name: "ask_human", arguments: ports }, { ...unhurried, signal: patience.signal });
    const { answer } = await people.question();
    patience.abort();
    await asked.catch(() => undefined);
    // By the time that these are answered it is known that nobody waits.
    for (let turn = 0; turn < 3; turn += 1) await use("list_team");
    answer("8080");
    const late = await waitFor(async () => {
      const said = await use("list_files_claimed");
      return said.includes("8080") && said;
    }, "the answer");
    expect(late).toContain('Meanwhile, to your ask_human ({"question":"Which port?"}): dora answered: 8080');
    expect(await use("list_files_claimed")).not.toContain("8080");
    run.end();
  });
});

describe("who does not listen for progress", () => {
  test("is told before it gives up that the question stands", async () => {
    await using hasty = await openWorkbench({ limits: { mcpWaitMs: 30, mcpToldMs: 0 } });
    const [run, people] = [await hasty.run(hasty.dora), oracle()];
    const { use } = await hasty.overHttp(hasty.mcpFor(run.request, true, people).token, "legacy");
    expect(await use("ask_human", ports)).toContain("call this tool again with the same arguments");
    const { answer } = await people.question();
    answer("8080");
    expect(await use("ask_human", ports)).toBe("dora answered: 8080");
    // Answered, it may be asked anew.
    expect(await use("ask_human", ports)).toContain("Nobody has answered yet");
    expect(people.asked).toHaveLength(2);
  });

  test("waits for at most eight answers at a time", async () => {
    await using hasty = await openWorkbench({ limits: { mcpWaitMs: 1 } });
    const [run, people] = [await hasty.run(hasty.dora), oracle()];
    const { use, refused } = await hasty.overHttp(hasty.mcpFor(run.request, true, people).token, "legacy");
    for (let n = 0; n < 8; n += 1) await use("ask_human", { question: `Question ${n}?` });
    expect(await refused("ask_human", { question: "One more?" })).toContain("Too many questions");
    expect(people.asked).toHaveLength(8);
  });
});

describe("whoever waits when it is over is told so at once", () => {
  const asking = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "ask_human", arguments: ports } };
  /** A request that waits, on the wire. */
  async function waiting(token: string) {
    const answer = await post(bench.url, { authorization: `Bearer ${token}` }, asking);
    expect(answer.status).toBe(200);
    return answer.text();
  }

  test("because the run ended", async () => {
    const [run, people] = [await bench.run(bench.dora), oracle()];
    const { token } = bench.mcpFor(run.request, true, people);
    const said = waiting(token);
    await people.question();
    run.end();
    expect(await said).not.toContain('"result"');
  });

  test("because the key was revoked: no answer goes to whoever has it", async () => {
    const { id, key } = await bench.keyFor("wanda", { permissions: ["read", "write"] });
    const run = await bench.run(bench.dora);
    const help = { ...asking, params: { name: "request_help", arguments: { issue: "which port" } } };
    const answer = post(bench.url, { authorization: `Bearer ${key}` }, help).then((come) => come.text());
    await waitFor(async () => {
      const { messages } = await bench.dora.must("GET", "/api/v1/rooms/general/messages");
      return messages.some(({ text }: { text: string }) => text.includes("which port"));
    }, "the request");
    await bench.ann.must("DELETE", `/api/v1/api-keys/${id}`);
    await bench.dora.must("POST", "/api/v1/rooms/general/messages", {
      text: "the secret one",
      replyTo: run.request.message.id,
    });
    expect(await answer).not.toContain("secret");
    run.end();
  });

  test("and nobody has more than so many requests open", async () => {
    await using small = await openWorkbench({ limits: { mcpRequestsAtOnce: 2 } });
    const [run, people] = [await small.run(small.dora), oracle()];
    const { token } = small.mcpFor(run.request, true, people);
    const headers = { authorization: `Bearer ${token}` };
    const ask = (question: string) => ({ ...asking, params: { name: "ask_human", arguments: { question } } });
    const open = [post(small.url, headers, ask("One?")), post(small.url, headers, ask("Two?"))];
    await people.question(1);
    const third = await post(small.url, headers, ask("Three?"));
    expect([third.status, ((await third.json()) as { code: string }).code]).toEqual([429, "CONNECTION_LIMIT"]);
    for (const { answer } of people.asked) answer("yes");
    for (const come of await Promise.all(open)) expect(await come.text()).toContain("dora answered: yes");
    expect((await post(small.url, headers, { ...asking, method: "tools/list" })).status).toBe(200);
  });

  test("a server that stops waits for none of them", async () => {
    const closing = await openWorkbench();
    const [run, people] = [await closing.run(closing.dora), oracle()];
    const { token } = closing.mcpFor(run.request, true, people);
    const said = post(closing.url, { authorization: `Bearer ${token}` }, asking).then((come) => come.text());
    await people.question();
    const since = performance.now();
    await closing[Symbol.asyncDispose]();
    expect(performance.now() - since).toBeLessThan(4_000);
    expect(await said.catch(() => "")).not.toContain('"result"');
  });
});

test("and none of all this found a bug of ours", () => {
  expect(bench.server.logged.filter(({ level }) => level === "error")).toEqual([]);
});
