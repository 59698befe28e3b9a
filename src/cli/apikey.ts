import { argumentsOf, table } from "./arguments.ts";
import { CommandError, withOperator } from "./operator.ts";

export const usage = `parley apikey: keys by which programs come in

  parley apikey list
  parley apikey create --name NAME --for MEMBER [--scopes read,write] [--rooms general,ops] [--days 90]
  parley apikey rotate ID      a new key of the same kind; the old one works a day more
  parley apikey revoke ID      its sockets are closed at once

  --scopes     what it may do: read write execute analyze manage_tasks manage_users manage_system (default read,write)
  --rooms      the only rooms it opens (default: every room its member may enter)
  --days       until it ends (default: it does not)
  --db FILE, --host, --port, --json   as for parley user

A key is shown once, when it is made. It acts as the person or agent it is for, and never does more than they may.

Example:
  parley apikey create --name ci --for alice --scopes read,write --rooms general --days 365`;

interface Key {
  readonly id: number;
  readonly name: string;
  readonly prefix: string;
  readonly for: string;
  readonly permissions: readonly string[];
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
}

/** @throws CommandError with one sentence */
export async function apikey(args: readonly string[]): Promise<string> {
  const { words, flags, json, where } = argumentsOf(args, ["name", "for", "scopes", "rooms", "days"]);
  const [verb = "list", id] = words;
  const list = (given: string | undefined) => given?.split(/[\s,]+/).filter(Boolean);
  let said = "";
  await withOperator(where, async ({ ask }) => {
    switch (verb) {
      case "list": {
        const { keys } = (await ask("GET", "/api/v1/api-keys")) as unknown as { keys: Key[] };
        const rows = keys.map((key) => [
          String(key.id),
          key.name,
          key.for,
          `${key.prefix}…`,
          key.permissions.join(","),
          key.revokedAt ? "revoked" : (key.expiresAt?.slice(0, 10) ?? "never"),
        ]);
        said = json
          ? JSON.stringify({ keys })
          : keys.length === 0
            ? "No keys."
            : table(["ID", "NAME", "FOR", "KEY", "SCOPES", "ENDS"], rows);
        return;
      }
      case "create": {
        const { name, for: member, scopes, rooms, days } = flags;
        if (!name || !member) throw new CommandError("parley apikey create needs --name and --for (see --help).");
        const made = await ask("POST", "/api/v1/api-keys", {
          name,
          for: member,
          permissions: list(scopes) ?? ["read", "write"],
          ...(rooms !== undefined && { rooms: list(rooms) }),
          ...(days !== undefined && { days: Number(days) }),
        });
        said = json ? JSON.stringify(made) : `Key ${made.id}, shown this once:\n  ${made.key}`;
        return;
      }
      case "rotate":
      case "revoke": {
        if (!id) throw new CommandError(`parley apikey ${verb} needs an ID (see parley apikey list).`);
        const path = `/api/v1/api-keys/${encodeURIComponent(id)}`;
        const data = verb === "rotate" ? await ask("POST", `${path}/rotate`) : await ask("DELETE", path);
        const sentence =
          verb === "rotate" ? `Key ${data.id}, shown this once:\n  ${data.key}` : `Key ${id} is revoked.`;
        said = json ? JSON.stringify(data) : sentence;
        return;
      }
      default:
        throw new CommandError(`There is no "parley apikey ${verb}" (see parley apikey --help).`);
    }
  });
  return said;
}
