import { createAcpBackend } from "../../../src/agents/backends/acp.ts";
import { bareMachine, scriptedAgent, Workplace } from "../workplace.ts";

/** A server, as far as programs can tell: it starts one that hears nothing, and is then killed itself. Says the mark of its database. */
const here = new Workplace({
  program: { backend: "acp", command: [process.execPath, await scriptedAgent()] },
  machine: bareMachine,
});
const run = here.ask(createAcpBackend(here.parts), "ORPHAN marked\nDEAF");
await run.hears(() => run.text.endsWith("deaf"), "that it is deaf");
process.stdout.write(`${JSON.stringify({ prefix: here.prefix, folder: here.folder })}\n`);
await run.ended;
