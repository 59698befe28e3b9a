import { isIP } from "node:net";
import type { Source } from "../../environment.ts";
import { isLoopback } from "../../environment.ts";
import type { Agent } from "../agent.ts";
import type { Program, Programs } from "../programs.ts";

/** Where an agent's model is, and what it is asked with. */
export interface Endpoint {
  /** What people call the service. */
  readonly title: string;
  /** Up to `/v1`, without a slash at the end. */
  readonly address: string;
  readonly model: string;
  /** Never to be logged or shown; null where none is needed. */
  readonly key: string | null;
  /** The variable that it is in. */
  readonly keyVariable: string | null;
  readonly price: Program["price"];
}

/** Where the model of an agent is, or what is missing, in a sentence for whoever hires it. Of the agent's own settings only names are taken. */
export function endpointOf(agent: Agent, programs: Pick<Programs, "byName">, environment: Source): Endpoint | string {
  const { settings } = agent;
  if (settings.program === null) return "It has no model yet: choose a program, such as ollama, in its settings.";
  const program = programs.byName(settings.program);
  if (!program) return `There is no program "${settings.program}" any more: choose another one in its settings.`;
  if (program.backend !== "openai" || program.endpoint === null)
    return `"${program.name}" is no model's service: choose one that is in its settings.`;
  const unfit = unfitAddress(program.endpoint, program);
  if (unfit) return unfit;
  const key = program.keyVariable === null ? null : (environment[program.keyVariable]?.trim() ?? "");
  if (key === "")
    return `${program.keyVariable} is not set: put the key of ${program.title} into Parley's environment.`;
  const model = settings.model ?? program.model;
  if (model === null) return `Name the model that ${program.title} shall use: it has none by itself.`;
  const { title, keyVariable, price } = program;
  return { title, address: program.endpoint.replace(/(?<!\/)\/+$/, ""), model, key, keyVariable, price };
}

/** What is said and the key go there, so whoever is on the way must not read it. */
function unfitAddress(address: string, { name, plainHttp }: Program): string | null {
  const url = URL.parse(address);
  if (!url || !["http:", "https:"].includes(url.protocol))
    return `The endpoint of "${name}" is no address: it looks like http://127.0.0.1:11434/v1.`;
  if (url.protocol === "https:" || plainHttp || isNear(url.hostname)) return null;
  return `The endpoint of "${name}" would be spoken to without encryption across the internet: write https://, or "plainHttp": true beside it in the file of programs if you know the way there.`;
}

/** Whether a host is this machine or of a private network, as far as its name says: names without a dot, and such as no public one ends with. */
export function isNear(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, "").toLowerCase();
  if (isLoopback(bare)) return true;
  const mapped = /^::ffff:([\d.]+)$/.exec(bare)?.[1];
  if (isIP(bare) === 4 || mapped) {
    const [a = 0, b = 0] = (mapped ?? bare).split(".").map(Number);
    return (
      a === 10 || (a === 172 && b >= 16 && b <= 31) || (a === 192 && b === 168) || (a === 169 && b === 254) || a === 127
    );
  }
  // fc00::/7 and fe80::/10.
  if (isIP(bare) === 6) return /^f[cd][0-9a-f]{2}:|^fe[89ab][0-9a-f]:/.test(bare);
  return !bare.includes(".") || /\.(local|lan|internal|home\.arpa)$/.test(bare);
}
