import type { Described } from "./document.ts";
import type { Entry } from "./entry.ts";
import type { ChatFrames } from "./frames-document.ts";
import { breathe, type Gathering, gatherSchemas } from "./json-schema.ts";
import type { Operation } from "./operations.ts";
import { comment, declaration, typeOf } from "./typescript.ts";

/** TypeScript of every body, answer and frame: one file that a client may keep beside its own. */
export async function declarations(
  described: readonly Described[],
  frames: ChatFrames,
  version: string,
): Promise<string> {
  const shapes = gatherSchemas("#/");
  const routes: string[] = [];
  for (const { part, operations } of described) {
    routes.push(`\n  // ${part.name}\n${operations.map((operation) => routeOf(operation, shapes)).join("")}`);
    await breathe();
  }
  for (const { clientSends, serverSends, clientFrame, serverFrame } of Object.values(frames)) {
    for (const frame of [...Object.values(clientSends), clientFrame]) shapes.of(frame, "input");
    for (const frame of [...Object.values(serverSends), serverFrame]) shapes.of(frame, "output");
    await breathe();
  }
  return [
    `// Parley ${version}: every frame of its chat sockets, and what its HTTP routes take and answer. Made by GET /api/v1/types.ts.\n`,
    `/** What each route takes and answers when it succeeds. */\nexport interface Routes {${routes.join("")}}\n`,
    ...Object.entries(shapes.named()).map(([name, shape]) => declaration(name, shape)),
  ].join("\n");
}

function routeOf({ name, entry, known }: Operation, shapes: Gathering): string {
  const params = Object.keys(entry.params ?? {}).map((each) => `${each}: string`);
  const lines = [
    ...(params.length > 0 ? [`params: { ${params.join("; ")} };`] : []),
    ...(known.query ? [`query: ${typeOf(shapes.of(known.query, "input"), "    ")};`] : []),
    ...(known.body ? [`body: ${typeOf(shapes.of(known.body, "input"), "    ")};`] : []),
    `answer: ${answerOf(entry, shapes)};`,
  ];
  return `${comment(entry.summary, "  ")}  ${JSON.stringify(name)}: {\n    ${lines.join("\n    ")}\n  };\n`;
}

/** What it answers when it succeeds. */
function answerOf({ answers }: Entry, shapes: Gathering): string {
  const types = Object.entries(answers)
    .filter(([status]) => Number(status) < 300)
    .map(([, { schema, type }]) => {
      if (schema) return typeOf(shapes.of(schema, "output"), "    ");
      return type?.startsWith("text/") ? "string" : "Blob";
    });
  return [...new Set(types)].join(" | ");
}
