import { apikey, usage as apikeyUsage } from "./cli/apikey.ts";
import { doctor, usage as doctorUsage } from "./cli/doctor.ts";
import { mcp, usage as mcpUsage } from "./cli/mcp.ts";
import { migrateTransport, usage as migrateTransportUsage } from "./cli/migrate-transport.ts";
import { sentenceFor, serve, usage as serveUsage } from "./cli/serve.ts";
import { user, usage as userUsage } from "./cli/user.ts";
import { version } from "./version.ts";

const usage = `parley ${version}: the team room where people and AI agents are equal members

  parley [serve]   run the server
  parley user      people, their roles and passwords
  parley apikey    keys for programs
  parley mcp       the room's tools for agents that speak MCP over standard input and output
  parley doctor    check a workspace
  parley migrate-transport   go over to WebSocket, Telegram or both for good, with a way back
  parley version   print the version
  parley help      print this

Each command explains itself with --help.`;

/** Picks a command of cli/, nothing else. */
async function main(args: readonly string[]): Promise<number> {
  const [command, ...rest] = args[0]?.startsWith("-") || args.length === 0 ? ["serve", ...args] : args;
  if (args.includes("--version") || command === "version") return print(`parley ${version}`);
  if (command === "help" || (command === "serve" && args.length === 1 && args[0] === "--help")) return print(usage);
  if (command === "serve") return rest.includes("--help") ? print(serveUsage) : serve(rest);
  if (rest.includes("--help") && command) {
    const words = {
      user: userUsage,
      apikey: apikeyUsage,
      doctor: doctorUsage,
      mcp: mcpUsage,
      "migrate-transport": migrateTransportUsage,
    }[command];
    if (words) return print(words);
  }
  try {
    if (command === "user") return print(await user(rest));
    if (command === "apikey") return print(await apikey(rest));
    if (command === "migrate-transport") return await migrateTransport(rest, print);
    if (command === "mcp") {
      await mcp(process.env, { input: Bun.stdin.stream(), say: (line) => void process.stdout.write(`${line}\n`) });
      return 0;
    }
    if (command === "doctor") {
      const { said, ok } = await doctor(rest);
      print(said);
      return ok ? 0 : 1;
    }
  } catch (error) {
    process.stderr.write(`${sentenceFor(error)}\n`);
    return 1;
  }
  process.stderr.write(`There is no command "${command}".\n\n${usage}\n`);
  return 2;
}

function print(text: string): number {
  process.stdout.write(`${text}\n`);
  return 0;
}

// What is written here is nobody else's to read: the database, its key, its backups.
process.umask(0o077);
process.exit(await main(process.argv.slice(2)));
