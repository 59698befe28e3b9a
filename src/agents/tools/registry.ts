import { z } from "zod";
import { Refusal } from "../../errors.ts";
import { askHuman, requestHelp } from "./asking.ts";
import { assignTask } from "./assign-task.ts";
import { claimFiles, releaseFiles } from "./files.ts";
import type { FileLeases } from "./leases.ts";
import { listTeam } from "./list-team.ts";
import { postMessage } from "./post-message.ts";
import { readHistory } from "./read-history.ts";
import { searchMessages } from "./search.ts";
import type { Tool, ToolContext } from "./tool.ts";
import { updateProgress } from "./update-progress.ts";

/** A tool as a model or a client is told of it, and how it is used. */
export interface OfferedTool {
  readonly name: string;
  readonly description: string;
  readonly readOnly: boolean;
  /** JSON schema of its arguments. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** What agents can do here: one list for every way they ask. */
export interface Tools {
  list(): readonly OfferedTool[];
  byName(name: string): OfferedTool | undefined;
  /**
   * Uses a tool. @param args as they came, and not yet trusted
   * @throws Refusal NOT_FOUND for a tool that there is not, INVALID_MESSAGE for arguments that do not fit, and whatever the tool refuses
   */
  call(name: string, args: unknown, context: ToolContext): Promise<string>;
}

type Parts = Parameters<typeof postMessage>[0] &
  Parameters<typeof readHistory>[0] &
  Parameters<typeof searchMessages>[0] &
  Parameters<typeof listTeam>[0] &
  Parameters<typeof assignTask>[0] &
  Parameters<typeof updateProgress>[0] & {
    /** Without it nobody claims files. */
    leases?: FileLeases;
  };

/** A tool that has closed over what its arguments are. */
interface Kept extends OfferedTool {
  use(args: unknown, context: ToolContext): Promise<string>;
}

export function createTools(parts: Parts): Tools {
  const kept = [
    keep(postMessage(parts)),
    keep(readHistory(parts)),
    keep(searchMessages(parts)),
    keep(listTeam(parts)),
    keep(assignTask(parts)),
    keep(updateProgress(parts)),
    keep(requestHelp),
    keep(askHuman),
    ...(parts.leases ? [keep(claimFiles(parts.leases)), keep(releaseFiles(parts.leases))] : []),
  ];
  const byName = new Map(kept.map((tool) => [tool.name, tool]));
  return {
    list: () => kept,
    byName: (name) => byName.get(name),
    async call(name, args, context) {
      const tool = byName.get(name);
      const names = kept.map((each) => each.name).join(", ");
      if (!tool) throw new Refusal("NOT_FOUND", `There is no tool "${name.slice(0, 60)}". The tools are: ${names}.`);
      return tool.use(args, context);
    },
  };
}

function keep<Args>(tool: Tool<Args>): Kept {
  const { name, description, readOnly, schema } = tool;
  // Without the line that says which draft it is: models gain nothing by it.
  const { $schema: _, ...parameters } = z.toJSONSchema(schema, { io: "input" });
  return {
    ...{ name, description, readOnly, parameters },
    async use(args, context) {
      const parsed = schema.safeParse(args);
      if (!parsed.success) {
        const wrong = parsed.error.issues.map(({ path, message }) => `${path.join(".") || "arguments"}: ${message}`);
        throw new Refusal("INVALID_MESSAGE", `The arguments of ${name} do not fit: ${wrong.join("; ")}.`);
      }
      return tool.run(parsed.data, context);
    },
  };
}
