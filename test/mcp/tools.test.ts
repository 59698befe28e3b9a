import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { eras, openWorkbench, type Workbench } from "../support/toolbox.ts";

let bench: Workbench;
let alice: string;
let bob: string;
beforeAll(async () => {
  bench = await openWorkbench();
  alice = (await bench.keyFor("alice")).key;
  bob = (await bench.keyFor("bob")).key;
});
afterAll(() => bench[Symbol.asyncDispose]());

const doors = [
  ["over HTTP", "overHttp"],
  ["over standard input and output", "overStdio"],
] as const;

describe.each(doors)("%s", (_, door) => {
  describe.each(eras)("%s", (_era, era) => {
    test("an agent finds the room's tools, and is told truly what they do", async () => {
      const { client } = await bench[door](alice, era);
      expect(client.getServerVersion()).toMatchObject({ name: "parley" });
      const { tools } = await client.listTools();
      const readOnly = tools.filter(({ annotations }) => annotations?.readOnlyHint).map(({ name }) => name);
      expect(readOnly).toEqual(["read_history", "search", "list_team", "list_files_claimed"]);
      for (const { annotations, inputSchema } of tools) {
        expect(inputSchema.type).toBe("object");
        expect(annotations?.openWorldHint).toBe(false);
        // Nothing here takes away what there was.
        if (!annotations?.readOnlyHint) expect(annotations?.destructiveHint).toBe(false);
      }
    });

    test("it speaks in the room, reads there, and claims what nobody else has", async () => {
      const [hers, his] = [await bench[door](alice, era), await bench[door](bob, era)];
      const file = `${door}/${JSON.stringify(era).replace(/\W/g, "")}`;
      expect(await hers.use("post_message", { room: "general", text: `I am at ${file}` })).toContain("#general");
      expect(await his.use("read_history", { room: "general" })).toContain(`alice (agent): I am at ${file}`);
      expect(await hers.use("claim_files", { paths: [`${file}/a.ts`] })).toContain(`${file}/a.ts until`);
      expect(await his.refused("claim_files", { paths: [file] })).toMatch(
        /is claimed by alice until \d\d:\d\d UTC\. Nothing was claimed\..*request_files/,
      );
      expect(await his.use("request_files", { path: `${file}/a.ts`, reason: "a typo" })).toContain("alice was asked");
      expect(await hers.use("list_files_claimed")).toContain(`bob waits for ${file}/a.ts`);
      expect(await hers.use("release_files")).toBe(`Released: ${file}/a.ts.`);
      expect(await his.use("claim_files", { paths: [file] })).toContain(`${file} until`);
      await his.use("release_files");
      expect(await hers.use("release_files", { paths: [file] })).toBe("You had none of that.");
    });

    test("what it gets wrong is said in words, and the next call works", async () => {
      const { client, refused, use } = await bench[door](alice, era);
      expect(await refused("claim_files", { paths: ["../../etc/passwd"] })).toContain("lead out of the project");
      expect(await refused("claim_files", { paths: 5 })).toContain("do not fit");
      expect(await refused("rm_rf")).toContain("no tool");
      expect(await refused("read_history", { room: "nowhere" })).toContain("no room");
      await expect(client.readResource({ uri: "file:///etc/passwd" })).rejects.toThrow();
      expect(await use("list_team")).toContain("bob");
    });
  });
});

test("two agents that claim one file in the same moment: one has it", async () => {
  const [hers, his] = await Promise.all([bench.overHttp(alice, "legacy"), bench.overHttp(bob, eras[1][1])]);
  const claims = await Promise.all(
    [hers, his].map(({ client }) => client.callTool({ name: "claim_files", arguments: { paths: ["one.ts"] } })),
  );
  expect(claims.filter(({ isError }) => !isError)).toHaveLength(1);
});

test("and none of all this found a bug of ours", () => {
  expect(bench.server.logged.filter(({ level }) => level === "error")).toEqual([]);
});
