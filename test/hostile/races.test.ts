import { describe, expect, test } from "bun:test";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HandClock } from "../support/clock.ts";
import { type House, openHouse } from "../support/house.ts";
import { startServer, type TestServer } from "../support/server.ts";

const env = { OPENCODE_DEV_MODE: "false", OPENCODE_SAFE_MODE: "true" };

/** A server on a database in which something was made before. */
async function withMade<T>(make: (house: House) => Promise<T>, act: (server: TestServer, made: T) => Promise<void>) {
  const clock = new HandClock();
  const folder = mkdtempSync(join(tmpdir(), "parley-races-"));
  let made: T;
  {
    using house = openHouse({ path: join(folder, "parley.db"), clock });
    made = await make(house);
  }
  const server = await startServer({ folder, clock, env, limits: { passwordQueue: 200 } });
  try {
    await act(server, made);
  } finally {
    await server.stop();
  }
}

/** The same form sent so many times at once, each a little different. @returns how often each status came */
async function atOnce(server: TestServer, times: number, path: string, fields: (n: number) => Record<string, string>) {
  const answers = await Promise.all(
    Array.from({ length: times }, (_, n) =>
      fetch(`${server.http}${path}`, {
        method: "POST",
        headers: { origin: server.http },
        body: new URLSearchParams(fields(n)),
        redirect: "manual",
      }),
    ),
  );
  const cookies = answers.flatMap((answer) => answer.headers.get("set-cookie")?.split(";")[0] ?? []);
  return { statuses: answers.map(({ status }) => status).sort(), cookies };
}

const members = async (server: TestServer, cookie: string) => {
  const answer = await fetch(`${server.http}/api/v1/members`, { headers: { cookie } });
  const { members: all } = (await answer.json()) as { members: { name: string; kind: string; role: string }[] };
  return all.filter(({ kind }) => kind === "person");
};

describe("at the same moment", () => {
  test("fifty accept an invitation for one: one is in, one new member, the others are told that it is gone", async () => {
    const invite = async (house: House) => {
      const terms = { role: "developer", rooms: [], note: "", uses: 1, days: 1 } as const;
      return (await house.invitations.create(house.person("ada", "admin"), terms)).token;
    };
    await withMade(invite, async (server, token) => {
      const { statuses, cookies } = await atOnce(server, 50, `/invitations/${token}`, (n) => ({
        name: `guest ${n}`,
        password: "kestrel over moor",
      }));
      expect(statuses).toEqual([303, ...Array(49).fill(404)]);
      expect(cookies).toHaveLength(1);
      const people = await members(server, cookies[0] ?? "");
      expect(people.map(({ name }) => name.replace(/\d+/, "n")).sort()).toEqual(["ada", "guest n"]);
      expect((await fetch(`${server.http}/invitations/${token}`)).status).toBe(404);
    });
  }, 20_000);

  test("twenty want one name of an invitation for many: one has it, the others choose again", async () => {
    const invite = async (house: House) => {
      const terms = { role: "viewer", rooms: [], note: "", uses: 50, days: 1 } as const;
      return (await house.invitations.create(house.person("ada", "admin"), terms)).token;
    };
    await withMade(invite, async (server, token) => {
      const { statuses, cookies } = await atOnce(server, 20, `/invitations/${token}`, (n) => ({
        name: n % 2 ? "nadia" : "NADIA",
        password: "kestrel over moor",
      }));
      expect(statuses).toEqual([303, ...Array(19).fill(422)]);
      expect(await members(server, cookies[0] ?? "")).toHaveLength(2);
    });
  }, 20_000);

  test("twenty set the workspace up: one owns it", async () => {
    await withMade(
      async () => undefined,
      async (server) => {
        const path = new URL(server.parley.setUpUrl ?? "").pathname;
        const { statuses, cookies } = await atOnce(server, 20, path, (n) => ({
          name: `owner ${n}`,
          password: "kestrel over moor",
        }));
        expect(statuses).toEqual([303, ...Array(19).fill(404)]);
        const people = await members(server, cookies[0] ?? "");
        expect(people.map(({ role }) => role)).toEqual(["owner"]);
        expect((await fetch(`${server.http}${path}`)).status).toBe(404);
        expect(server.parley.setUpUrl).toBeString();
      },
    );
  }, 20_000);

  test("twenty use one link for a new password: one sets it, and only that one comes in", async () => {
    const link = async (house: House) =>
      house.passwords.createReset(house.person("mira"), house.person("ada", "admin"));
    await withMade(link, async (server, token) => {
      const { statuses, cookies } = await atOnce(server, 20, `/reset/${token}`, (n) => ({
        password: `kestrel over moor ${n}`,
      }));
      expect(statuses).toEqual([303, ...Array(19).fill(404)]);
      expect(cookies).toHaveLength(1);
      const right = await Promise.all(
        Array.from({ length: 4 }, async (_, n) =>
          fetch(`${server.http}/api/v1/sessions`, {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: JSON.stringify({ name: "mira", password: `kestrel over moor ${n}` }),
          }),
        ),
      );
      expect(right.filter(({ status }) => status === 201).length).toBeLessThanOrEqual(1);
    });
  }, 20_000);

  test("twenty show one refresh token: one is given the next, and then the device is out, because one of them stole it", async () => {
    const grant = async (house: House) => house.grants.make(house.person("mira"), "laptop", "chat", "10.0.0.1");
    await withMade(grant, async (server, { refreshToken }) => {
      const refresh = (token: string) =>
        fetch(`${server.http}/api/auth/cli/refresh`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ refresh_token: token }),
        });
      const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(refreshToken)));
      expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(19).fill(400)]);
      const won = (await answers.find(({ status }) => status === 200)?.json()) as {
        access_token: string;
        refresh_token: string;
      };
      expect((await refresh(won.refresh_token)).status).toBe(400);
      const me = await fetch(`${server.http}/api/v1/me`, { headers: { authorization: `Bearer ${won.access_token}` } });
      expect(me.status).toBe(401);
    });
  });

  test("twenty use one ticket: one socket is opened", async () => {
    const key = async (house: House) => {
      const mira = house.person("mira");
      return house.keys.create(mira, { name: "k", member: mira, permissions: ["read"], rooms: null, days: null });
    };
    await withMade(key, async (server, { secret }) => {
      const headers = { authorization: `Bearer ${secret}` };
      const answer = await fetch(`${server.http}/api/v1/tickets`, { method: "POST", headers });
      const { ticket } = (await answer.json()) as { ticket: string };
      const opened = await Promise.allSettled(
        Array.from({ length: 20 }, () => {
          const socket = new WebSocket(`${server.ws}/ws?ticket=${ticket}`);
          return new Promise<WebSocket>((resolve, reject) => {
            socket.addEventListener("open", () => resolve(socket));
            socket.addEventListener("error", () => reject(new Error("refused")));
          });
        }),
      );
      expect(opened.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      for (const each of opened) if (each.status === "fulfilled") each.value.close();
    });
  });
});
