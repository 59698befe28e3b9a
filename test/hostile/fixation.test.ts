import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "../support/client.ts";
import { HandClock } from "../support/clock.ts";
import { openHouse } from "../support/house.ts";
import { startServer, type TestServer } from "../support/server.ts";

const password = "kestrel over moor";
const clock = new HandClock();
let server: TestServer;
const made = { eve: "", invitation: "", reset: "", second: "" };
beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), "parley-fixation-"));
  {
    using house = openHouse({ path: join(folder, "parley.db"), clock });
    const hash = await Bun.password.hash(password, { algorithm: "argon2id", memoryCost: 8, timeCost: 1 });
    const [mira, olga] = [house.person("mira"), house.person("olga", "owner")];
    const nora = house.person("nora");
    for (const member of [mira, olga, nora, house.person("eve")]) await house.passwords.set(member, hash, member);
    const terms = { role: "developer", rooms: [], note: "", uses: 5, days: 1 } as const;
    made.invitation = (await house.invitations.create(olga, terms)).token;
    made.reset = await house.passwords.createReset(nora, olga);
  }
  server = await startServer({ folder, clock, env: { OPENCODE_DEV_MODE: "false", OPENCODE_SAFE_MODE: "true" } });
});
afterAll(() => server.stop());

/** A form, sent by a browser that has this cookie. */
async function submit(path: string, fields: Record<string, string>, token?: string) {
  const headers = { origin: server.http, ...(token !== undefined && { cookie: `parley_session=${token}` }) };
  const body = new URLSearchParams(fields);
  const answer = await fetch(`${server.http}${path}`, { method: "POST", headers, body, redirect: "manual" });
  const set = /parley_session=([\w-]+)/.exec(answer.headers.get("set-cookie") ?? "")?.[1];
  return { status: answer.status, token: set ?? "" };
}

/** Whom a cookie makes somebody. */
async function whose(token: string): Promise<string> {
  const answer = await fetch(`${server.http}/api/v1/me`, { headers: { cookie: `parley_session=${token}` } });
  return answer.status === 200 ? ((await answer.json()) as { name: string }).name : `${answer.status}`;
}

const signIn = (name: string, token?: string) => submit("/sign-in", { method: "password", name, password }, token);

describe("a cookie that eve planted", () => {
  test.each(["planted", "A".repeat(43), "../../etc/passwd", "%00", "x".repeat(2_000)])(
    "and made up is nobody's, before mira signs in and after: %s",
    async (planted) => {
      const before = await whose(planted);
      expect(before).toBe("401");
      const { status, token } = await signIn("mira", planted);
      expect([status, await whose(token)]).toEqual([303, "mira"]);
      expect(token).not.toBe(planted);
      expect(await whose(planted)).toBe("401");
    },
  );

  test("of a session of her own is over when mira signs in over it, and is never mira's", async () => {
    const { token: planted } = await signIn("eve");
    const { token: spare } = await signIn("eve");
    const { token } = await signIn("mira", planted);
    expect([await whose(token), await whose(planted), await whose(spare)]).toEqual(["mira", "401", "eve"]);
    // Nor does it come alive when eve signs in once more.
    await signIn("eve", planted);
    expect(await whose(planted)).toBe("401");
  });

  test("stays over when mira accepts an invitation or sets a new password over it", async () => {
    const { token: first } = await signIn("eve");
    const joined = await submit(
      `/invitations/${made.invitation}`,
      { name: "nadia", password: "heron under bridge" },
      first,
    );
    expect([joined.status, await whose(joined.token), await whose(first)]).toEqual([303, "nadia", "401"]);
    const { token: second } = await signIn("eve");
    const reset = await submit(`/reset/${made.reset}`, { password: "heron under bridge" }, second);
    expect([reset.status, await whose(reset.token), await whose(second)]).toEqual([303, "nora", "401"]);
  });

  test("with a sign-in that failed over it keeps its session and nothing else happens", async () => {
    const { token } = await signIn("eve");
    const failed = await submit("/sign-in", { method: "password", name: "olga", password: "wrong" }, token);
    expect([failed.status, failed.token, await whose(token)]).toEqual([401, "", "eve"]);
  });

  test("twice in one request is one of the two, and neither becomes mira's", async () => {
    const { token: planted } = await signIn("eve");
    const headers = { origin: server.http, cookie: `parley_session=${planted}; parley_session=planted` };
    const body = new URLSearchParams({ method: "password", name: "olga", password });
    const answer = await fetch(`${server.http}/sign-in`, { method: "POST", headers, body, redirect: "manual" });
    const token = /parley_session=([\w-]+)/.exec(answer.headers.get("set-cookie") ?? "")?.[1] ?? "";
    expect([await whose(token), await whose(planted), await whose("planted")]).toEqual(["olga", "401", "401"]);
  });
});

test("a new password ends every session and socket of before, and gives one new session", async () => {
  const [here, there] = [(await signIn("olga")).token, (await signIn("olga")).token];
  const socket = await Client.open(`${server.ws}/ws`, { authorization: `Bearer ${there}` });
  socket.send({ type: "auth" });
  await socket.next("auth_response");
  const changed = await submit("/settings/password", { current: password, password: "heron under bridge" }, here);
  expect(changed.status).toBe(303);
  expect((await socket.hasClosed()).code).toBe(4401);
  expect([await whose(changed.token), await whose(here), await whose(there)]).toEqual(["olga", "401", "401"]);
  expect(new Set([changed.token, here, there]).size).toBe(3);
});

test("signing out ends the session itself, not only the cookie of this browser", async () => {
  const { token } = await signIn("eve");
  await submit("/sign-out", {}, token);
  expect(await whose(token)).toBe("401");
  expect((await submit("/sign-out", {}, token)).status).toBe(303);
});
