import { appendedAll, type Log } from "../database/log.ts";
import type { Store } from "../database/open.ts";
import { Refusal } from "../errors.ts";
import { endings } from "./endings.ts";
import type { Member } from "./member.ts";
import type { Members } from "./members.ts";
import { parseName } from "./name.ts";
import type { Passwords } from "./passwords.ts";
import { hashOf, newSecret } from "./secrets.ts";

/** `owner.made`: the one act that needs no right, because nobody has any yet. */
interface OwnerMade {
  readonly name: string;
  readonly handle: string;
  readonly passwordHash: string;
  readonly address: string;
  /** Without it the event is of a time when what that name had handed out went on. */
  readonly rules?: 2;
}

/** How a workspace gets its first owner: by a link that is printed where the server was started. */
export interface SetUp {
  /** The secret part of the link while there is no owner; made anew at each start, kept nowhere. */
  readonly code: string | null;
  /** @throws Refusal NOT_FOUND for a wrong link, or when there is an owner already */
  check(code: string): void;
  /** @throws Refusal NOT_FOUND, INVALID_MESSAGE for the name or the password, CONFLICT for an agent's name */
  makeOwner(code: string, name: string, password: string, address: string): Promise<Member>;
}

export function createSetUp(store: Store, log: Log, members: Members, passwords: Passwords): SetUp {
  const secret = members.hasOwner() ? null : newSecret();
  defineSetUp(store, log, members);

  function check(code: string): void {
    if (secret === null || hashOf(code) !== hashOf(secret) || members.hasOwner())
      throw new Refusal(
        "NOT_FOUND",
        "That set-up link was used, or is of an earlier start: look at the server's output.",
      );
  }

  return {
    get code() {
      return members.hasOwner() ? null : secret;
    },
    check,
    async makeOwner(code, rawName, password, address) {
      check(code);
      const { name, handle } = parseName(rawName);
      const data: OwnerMade = { name, handle, passwordHash: await passwords.hash(password, name), address, rules: 2 };
      // Somebody who came by that name is taken over from; an agent, and an account that looks like it, is not.
      const aside = members.person(name) ? [] : members.claim(name);
      // Twenty may get this far at once; the log lets one through.
      await appendedAll(log, [...aside, { kind: "owner.made", roomId: null, actorId: null, data }]);
      const owner = members.person(name);
      if (!owner) throw new Refusal("INTERNAL_ERROR");
      return owner;
    },
  };
}

/** Somebody who signed in by name while that was open may become the owner: whoever holds the link runs the server. */
function defineSetUp(store: Store, log: Log, members: Members): void {
  const { sqlite } = store;
  const known = sqlite.prepare<{ id: number }, [string]>("SELECT id FROM members WHERE kind = 'person' AND handle = ?");
  const insert = sqlite.prepare(
    "INSERT INTO members (id, kind, handle, name, title, role, created_at) VALUES (?, 'person', ?, ?, 'Owner', 'owner', ?)",
  );
  const promote = sqlite.prepare("UPDATE members SET role = 'owner', title = 'Owner', removed_at = NULL WHERE id = ?");
  const setPassword = sqlite.prepare("INSERT OR REPLACE INTO passwords (member_id, hash, changed_at) VALUES (?, ?, ?)");
  const leaveRooms = sqlite.prepare("DELETE FROM room_members WHERE member_id = ?");
  const end = endings(store);
  log.define("owner.made", (event) => {
    const { name, handle, passwordHash, rules } = event.data as OwnerMade;
    if (members.hasOwner()) throw new Refusal("NOT_FOUND", "Somebody was faster: this workspace has an owner now.");
    const id = known.get(handle)?.id ?? event.seq;
    if (id === event.seq) insert.run(id, handle, name, event.at);
    else {
      promote.run(id);
      // Whoever came by that name before may have been anybody: what they left themselves opens nothing of the owner's.
      end.keys(event.at, id);
      end.grants(event.at, id);
      end.resets(event.at, id);
      if (rules === 2) end.handedOut(event.at, id);
      leaveRooms.run(id);
    }
    setPassword.run(id, passwordHash, event.at);
    end.sessions(event.at, id);
  });
}
