import { expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { acting } from "../../src/people/identity.ts";
import { openHouse } from "../support/house.ts";

/** Every secret there is, made and used once, beside everything that was written down meanwhile. */
async function everySecret() {
  const folder = mkdtempSync(join(tmpdir(), "parley-secrets-"));
  const env = {
    OPENCODE_API_KEY: "the-key-of-the-environment",
    OPENCODE_SECRET_KEY: "the key that signs all our tokens",
  };
  try {
    using house = openHouse({ path: join(folder, "parley.db"), env });
    const setUp = house.setUp.code ?? "";
    const first = "kestrel over the moor";
    const olga = acting(await house.setUp.makeOwner(setUp, "olga", first, "10.0.0.1"), "10.0.0.1");
    const invitation = await house.invitations.create(olga, {
      role: "developer",
      rooms: [],
      note: "",
      uses: 1,
      days: 1,
    });
    const second = "heron under the bridge";
    const mira = await house.invitations.accept(invitation.token, "mira", second, "10.0.0.2");
    const reset = await house.passwords.createReset(mira, olga);
    const third = "curlew beside the water";
    const { id } = house.passwords.findReset(reset);
    await house.passwords.set(mira, await house.passwords.hash(third, "mira"), mira, id);
    const session = await house.enter(mira, "password");
    house.sessions.find(session);
    const wrong = "a password that was mistyped";
    await house.signIn.byPassword("mira", wrong, "10.0.0.2").catch(() => undefined);
    const key = await house.keys.create(mira, { name: "k", member: mira, permissions: ["read"], rooms: null, days: 1 });
    const { deviceCode, userCode } = house.devices.ask("laptop", "chat", "10.0.0.1");
    house.devices.decide(userCode, mira, true);
    house.devices.poll(deviceCode);
    const { grant, refreshToken } = await house.grants.make(mira, "laptop", "chat", "10.0.0.2");
    const { refreshToken: next } = await house.grants.refresh(refreshToken, "10.0.0.2");
    const access = await house.tokens.sign({ grant: grant.id }, 60);
    for (const secret of [session, key.secret, access, env.OPENCODE_API_KEY])
      house.tickets.issue(await house.credentials.identify(secret, "10.0.0.2"));
    const ticket = house.tickets.issue(await house.credentials.identify(session, "10.0.0.2"));
    house.tickets.redeem(ticket);
    for (const guess of [`${session}x`, "ply_wrong", `${access}x`])
      await Promise.resolve()
        .then(() => house.credentials.identify(guess, "10.6.6.6"))
        .catch(() => undefined);
    house.audit.note({ action: "credential refused", actorId: null, address: "10.6.6.6", result: "failed" });
    for (const each of [house.audit, house.log, house.sessions, house.keys]) each.flush();
    house.store.sqlite.run("PRAGMA wal_checkpoint(TRUNCATE)");
    const tokens = { setUp, invitation: invitation.token, reset, session, key: key.secret, refreshToken, next, ticket };
    const others = { first, second, third, wrong, deviceCode, userCode, access, ...env };
    const written = readdirSync(folder).map((name) => readFileSync(join(folder, name)));
    const events = house.store.sqlite.query<{ data: string }, []>("SELECT data FROM events").all();
    const told = [...house.trail.export({})].map((entry) => JSON.stringify(entry));
    return {
      secrets: { ...tokens, ...others },
      written,
      events: JSON.stringify(events),
      told: told.join(),
      house: house.logged,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("no secret of any kind is in the database, its log, the audit or what is logged, in no spelling", async () => {
  const { secrets, written, events, told, house } = await everySecret();
  expect(told).toContain("sign-in");
  expect(events).toContain("argon2id");
  for (const [name, secret] of Object.entries(secrets)) {
    const spellings = [
      secret,
      Buffer.from(secret, "base64url").toString("hex"),
      Buffer.from(secret).toString("base64"),
    ];
    for (const spelling of spellings.filter(({ length }) => length >= 8)) {
      expect([name, written.some((bytes) => bytes.includes(spelling))]).toEqual([name, false]);
      expect([name, events.includes(spelling), told.includes(spelling)]).toEqual([name, false, false]);
      expect([name, JSON.stringify(house).includes(spelling)]).toEqual([name, false]);
    }
    // Nor is their hash anywhere that is shown.
    expect([name, told.includes(new Bun.CryptoHasher("sha256").update(secret).digest("hex"))]).toEqual([name, false]);
  }
  expect(told).not.toContain("argon2id");
  expect(told).not.toMatch(/[0-9a-f]{64}(?!")/);
});
