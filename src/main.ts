import { serve, usage as serveUsage } from "./cli/serve.ts";
import { version } from "./version.ts";

const usage = `parley ${version}: the team room where people and AI agents are equal members

  parley [serve]   run the server
  parley version   print the version
  parley help      print this

Each command explains itself with --help.`;

/** Picks a command of cli/, nothing else. */
async function main(args: readonly string[]): Promise<number> {
  const [command, ...rest] = args[0]?.startsWith("-") || args.length === 0 ? ["serve", ...args] : args;
  if (args.includes("--version") || command === "version") return print(`parley ${version}`);
  if (command === "help" || (command === "serve" && args.length === 1 && args[0] === "--help")) return print(usage);
  if (command === "serve") return rest.includes("--help") ? print(serveUsage) : serve(rest);
  process.stderr.write(`There is no command "${command}".\n\n${usage}\n`);
  return 2;
}

function print(text: string): number {
  process.stdout.write(`${text}\n`);
  return 0;
}

process.exit(await main(process.argv.slice(2)));
