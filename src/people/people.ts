import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import type { Log } from "../database/log.ts";
import type { Store } from "../database/open.ts";
import type { Limiter } from "../limiter.ts";
import type { Hub } from "../live/hub.ts";
import { createCredentials } from "./credentials.ts";
import { createDevices } from "./device.ts";
import { createGrants } from "./grants.ts";
import { createKeys } from "./keys.ts";
import { createMembers } from "./members.ts";
import { createPasswords } from "./passwords.ts";
import { createPresence } from "./presence.ts";
import { createSessions } from "./sessions.ts";
import { createSetUp } from "./set-up.ts";
import { createSignIn } from "./sign-in.ts";
import { createTickets } from "./tickets.ts";
import { createTokens } from "./tokens.ts";

interface Parts {
  config: Config;
  store: Store;
  log: Log;
  hub: Hub;
  clock: Clock;
  limiter: Limiter;
  /** What signs our tokens; asked for when the first is signed or checked. */
  key: () => Uint8Array;
  /** See `Whereabouts`. */
  run: string;
}

/** Everything about who somebody is, wired: what each part needs of the others, and in which order their events are defined. */
export function createPeople({ config, store, log, hub, clock, limiter, key, run }: Parts) {
  const { limits } = config;
  const members = createMembers(store, log, hub, config);
  const passwords = createPasswords(store, log, members, clock, limits);
  const sessions = createSessions(store, log, hub, members, config, clock);
  const keys = createKeys(store, log, members, clock);
  const grants = createGrants(store, log, members, clock);
  const tokens = createTokens(config, key, clock);
  return {
    members,
    passwords,
    sessions,
    keys,
    grants,
    tokens,
    devices: createDevices(clock, limits),
    tickets: createTickets(clock),
    credentials: createCredentials({ config, clock, log, members, sessions, keys, grants, tokens, run }),
    signIn: createSignIn({ config, clock, members, passwords, limiter, seq: () => log.seq }),
    setUp: createSetUp(store, log, members, passwords),
    presence: createPresence(hub, clock, limits),
  };
}
