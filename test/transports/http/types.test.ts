import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import bot from "../../../src/transports/http/examples/bot.ts.txt" with { type: "text" };
import type { JsonSchema } from "../../../src/transports/http/openapi/json-schema.ts";
import { comment, declaration, typeOf } from "../../../src/transports/http/openapi/typescript.ts";
import { startServer, type TestServer } from "../../support/server.ts";

/** A client of a few lines, as somebody would write it. */
const client = `
import type { CamelClientFrame, CamelServerFrame, ClassicServerFrame, Message, RefusalCode, Routes } from "./parley.ts";

type Say = Routes["POST /api/v1/rooms/:slug/messages"];
export async function say(slug: Say["params"]["slug"], body: Say["body"]): Promise<Message> {
  const answer = await fetch(\`/api/v1/rooms/\${slug}/messages\`, { method: "POST", body: JSON.stringify(body) });
  return ((await answer.json()) as Say["answer"]).message;
}
export const said = say("general", { text: "hello", clientId: "c-1" }).then(({ id, files }) => [id, files?.[0]?.url]);
export const hello: CamelClientFrame = { type: "auth", data: { userId: "mira", lastSeq: 4 } };
export function hear(frame: CamelServerFrame): RefusalCode | string | undefined {
  if (frame.type === "error") return frame.data.code;
  if (frame.type === "message_update") return "deletedAt" in frame.data ? frame.data.deletedAt : frame.data.text;
  return frame.type === "chat_history" ? frame.data.messages[0]?.html : undefined;
}
export const isBot = (frame: ClassicServerFrame) => frame.type === "chat_message" && frame.data.is_bot_message;
`;

const settings = {
  compilerOptions: {
    ...{
      target: "esnext",
      module: "preserve",
      moduleResolution: "bundler",
      lib: ["esnext", "dom"],
      types: ["bun-types"],
    },
    ...{ strict: true, noEmit: true, allowImportingTsExtensions: true, noUncheckedIndexedAccess: true },
  },
};

let server: TestServer;
let folder: string;
beforeAll(async () => {
  server = await startServer();
  folder = mkdtempSync(join(tmpdir(), "parley-types-"));
  symlinkSync(resolve(import.meta.dir, "../../../node_modules"), join(folder, "node_modules"));
  const types = await (await fetch(`${server.http}/api/v1/types.ts`)).text();
  await Bun.write(join(folder, "parley.ts"), types);
  await Bun.write(join(folder, "tsconfig.json"), JSON.stringify({ ...settings, files: ["client.ts", "bot.ts"] }));
  await Bun.write(join(folder, "bot.ts"), bot);
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** What the compiler says of a client. */
async function compiled(text: string): Promise<string> {
  await Bun.write(join(folder, "client.ts"), text);
  const { stdout, stderr } = Bun.spawn([process.execPath, "check"], { cwd: folder, stdout: "pipe", stderr: "pipe" });
  return (await new Response(stdout).text()) + (await new Response(stderr).text());
}

describe("the declarations that the server gives away", () => {
  test("compile, with a client that uses them and the bot of the guide", async () => {
    expect(await compiled(client)).toContain("No type errors");
  }, 30_000);

  test("refuse a client that says or reads what there is not", async () => {
    const wrong = client
      .replace('text: "hello"', "text: 5")
      .replace("frame.data.is_bot_message", "frame.data.is_human")
      .replace("lastSeq: 4", "last: 4");
    const said = await compiled(wrong);
    for (const word of ["is_human", "'number' is not assignable", "'last' does not exist"])
      expect(said).toContain(word);
  }, 30_000);
});

describe("a shape in TypeScript", () => {
  test.each<[JsonSchema, string]>([
    [{ type: "integer" }, "number"],
    [{}, "unknown"],
    [{ const: true }, "true"],
    [{ enum: ["a", "b"] }, '"a" | "b"'],
    [{ type: ["string", "null"] }, "string | null"],
    [{ anyOf: [{ type: "integer" }, { type: "number" }, { type: "null" }] }, "number | null"],
    [{ type: "array", items: { enum: ["a", "b"] } }, '("a" | "b")[]'],
    [{ type: "array", items: { $ref: "#/components/schemas/Message" } }, "Message[]"],
    [{ allOf: [{ $ref: "#/A" }, { anyOf: [{ $ref: "#/B" }, { type: "null" }] }] }, "A & (B | null)"],
    [{ type: "object" }, "Record<string, never>"],
    [{ type: "object", additionalProperties: true }, "Record<string, unknown>"],
    [{ type: "object", additionalProperties: { type: "boolean" } }, "Record<string, boolean>"],
  ])("%j is %s", (schema, type) => {
    expect(typeOf(schema)).toBe(type);
  });

  test("has what is said of each field above it, optional ones marked, and odd names in quotes", () => {
    const properties = { id: { type: "integer", description: "Its number." }, "if-match": { type: "string" } };
    expect(declaration("Thing", { type: "object", properties, required: ["id"], description: "A thing." })).toBe(
      '/** A thing. */\nexport interface Thing {\n  /** Its number. */\n  id: number;\n  "if-match"?: string;\n}\n',
    );
    expect(declaration("Mode", { enum: ["on"] })).toBe('export type Mode = "on";\n');
  });

  test("is not ended early by what is said of it", () => {
    expect(comment("a */ b\nc", "")).toBe("/** a *\\/ b\n * c */\n");
  });
});
