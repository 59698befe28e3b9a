import { argumentsOf, table } from "./arguments.ts";
import { CommandError, type Operator, withOperator } from "./operator.ts";

export const usage = `parley user: people and what they may do

  parley user list
  parley user add NAME [--role ROLE]     makes an account and prints a link to choose its password
  parley user role NAME ROLE             owner admin developer analyst viewer guest
  parley user reset NAME                 prints a link to choose a new password, good for a day
  parley user sign-out NAME              ends every session of theirs
  parley user disable NAME               takes all access away, at once
  parley user enable NAME                gives it back; they sign in again

  --db FILE, --host, --port   which workspace, as for parley serve
  --json                      answers as JSON

Works while the server runs and while it does not. Whoever may read the signing key beside the database may use it.

Examples:
  parley user add mira --role owner
  parley user reset mira --json`;

interface Member {
  readonly name: string;
  readonly kind: string;
  readonly role: string;
  readonly title: string;
  readonly disabled: boolean;
}

/** @throws CommandError with one sentence */
export async function user(args: readonly string[]): Promise<string> {
  const { words, flags, json, where } = argumentsOf(args, ["role"]);
  const [verb = "list", name, role] = words;
  let said = "";
  await withOperator(where, async (operator) => {
    const { data, words: sentence } = await act(operator, verb, name, role ?? flags.role);
    said = json ? JSON.stringify(data) : sentence;
  });
  return said;
}

async function act(operator: Operator, verb: string, name: string | undefined, role: string | undefined) {
  if (verb === "list") {
    const { members } = (await operator.ask("GET", "/api/v1/members?disabled=true")) as unknown as {
      members: Member[];
    };
    const people = members.filter(({ kind }) => kind === "person");
    const rows = people.map((each) => [each.name, each.role, each.title, each.disabled ? "disabled" : ""]);
    return {
      data: { members: people },
      words: people.length === 0 ? "Nobody yet." : table(["NAME", "ROLE", "TITLE", ""], rows),
    };
  }
  if (name === undefined) throw new CommandError(`parley user ${verb} needs a NAME (see parley user --help).`);
  if (/^\.+$/.test(name)) throw new CommandError(`"${name}" is nobody's name.`);
  const path = `/api/v1/members/${encodeURIComponent(name)}`;
  switch (verb) {
    case "add": {
      // Nobody knows this password, and nobody needs to: the link sets the real one.
      const password = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64url");
      const made = await operator.ask("POST", "/api/v1/members", { name, role: role ?? "developer", password });
      const { link } = await operator.ask("POST", `${path}/reset`);
      return {
        data: { ...made, link },
        words: `${name} is ${role ?? "developer"}. To choose a password, within a day:\n  ${link}`,
      };
    }
    case "role": {
      if (role === undefined) throw new CommandError("parley user role needs a NAME and a ROLE.");
      return { data: await operator.ask("PATCH", path, { role }), words: `${name} is ${role} now.` };
    }
    case "reset": {
      const data = await operator.ask("POST", `${path}/reset`);
      return { data, words: `To choose a new password, within a day:\n  ${data.link}` };
    }
    case "sign-out":
      return { data: await operator.ask("DELETE", `${path}/sessions`), words: `${name} is signed out everywhere.` };
    case "disable":
      return { data: await operator.ask("PATCH", path, { disabled: true }), words: `${name} has no access any more.` };
    case "enable":
      return { data: await operator.ask("PATCH", path, { disabled: false }), words: `${name} may sign in again.` };
    default:
      throw new CommandError(`There is no "parley user ${verb}" (see parley user --help).`);
  }
}
