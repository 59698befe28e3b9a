import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Member } from "../../src/people/member.ts";
import { roomsBeside } from "../../src/rooms/beside.ts";
import { type House, openHouse, refusedLater } from "../support/house.ts";
import { signIn, withServer } from "../support/server.ts";

// Only a test that fails takes all of it.
setDefaultTimeout(30_000);

const general = (house: House) => house.rooms.forReader(house.members.system, "general");
const beside = (house: House, me: Member, current = general(house)) =>
  roomsBeside(me, current, { ...house, limits: house.config.limits });
const names = (house: House, me: Member, current = general(house)) =>
  beside(house, me, current).rooms.flatMap(({ members }) => members.map(({ name }) => name));

describe("what stands beside a room", () => {
  test("is every room one may enter, and of direct conversations the newest, under the names of the others", async () => {
    using house = openHouse({ limits: { directsBeside: 3 } });
    const mira = house.person("mira");
    for (const name of ["ada", "ben", "cleo", "dan", "eva"]) await house.rooms.direct(house.person(name), [mira]);
    for (let n = 0; n < 5; n += 1) await house.rooms.create(mira, `room-${n}`, "");
    expect(names(house, mira)).toEqual(["cleo", "dan", "eva"]);
    expect(beside(house, mira)).toMatchObject({ older: 2 });
    expect(beside(house, mira).rooms).toHaveLength(6 + 3);
    expect(beside(house, house.person("eva"))).toMatchObject({ older: 0 });
  });

  test("holds the conversation that is being read, however old", async () => {
    using house = openHouse({ limits: { directsBeside: 1 } });
    const mira = house.person("mira");
    const first = await house.rooms.direct(house.person("ada"), [mira]);
    for (const name of ["ben", "cleo"]) await house.rooms.direct(house.person(name), [mira]);
    expect(names(house, mira, first)).toEqual(["ada", "cleo"]);
    expect(beside(house, mira, first).older).toBe(1);
  });

  test("loses what guests began before what others did", async () => {
    using house = openHouse({ limits: { directsBeside: 2 } });
    const mira = house.person("mira");
    for (const name of ["ada", "ben"]) await house.rooms.direct(house.person(name), [mira]);
    for (const name of ["gus", "gil"]) await house.rooms.direct(house.person(name, "guest"), [mira]);
    expect(names(house, mira)).toEqual(["ada", "ben"]);
    expect(beside(house, mira).older).toBe(2);
  });
});

describe("direct conversations that one person begins", () => {
  const others = (house: House, count: number) => Array.from({ length: count }, (_, n) => house.person(`other ${n}`));

  test("are as many as one may, also when they are asked for in one moment; a guest may fewer", async () => {
    using house = openHouse({ limits: { directRoomsPerMember: 4, directRoomsPerGuest: 2 } });
    const [mira, gus] = [house.person("mira"), house.person("gus", "guest")];
    const all = others(house, 6);
    const begin = (who: Member) => Promise.allSettled(all.map((other) => house.rooms.direct(who, [other])));
    const made = (results: PromiseSettledResult<unknown>[]) => results.filter(({ status }) => status === "fulfilled");
    expect(made(await begin(mira))).toHaveLength(4);
    expect(made(await begin(gus))).toHaveLength(2);
    // What is there already is no other one, and what others begin is theirs.
    expect(await house.rooms.direct(gus, [all[0] ?? mira])).toMatchObject({ visibility: "direct" });
    await house.rooms.direct(mira, [gus]).then(
      () => expect.unreachable(),
      (refusal) =>
        expect(refusal.message).toBe("You have begun 4 direct conversations, which is as many as one person may."),
    );
    await house.rooms.direct(all[5] ?? mira, [gus]);
  });

  test("are still counted after a restart", async () => {
    const folder = mkdtempSync(join(tmpdir(), "parley-beside-"));
    const options = { path: join(folder, "parley.db"), limits: { directRoomsPerGuest: 1 } };
    {
      using house = openHouse(options);
      await house.rooms.direct(house.person("gus", "guest"), [house.person("mira")]);
    }
    using house = openHouse(options);
    expect(await refusedLater(house.rooms.direct(house.person("gus", "guest"), [house.person("tomas")]))).toBe(
      "CONFLICT",
    );
    rmSync(folder, { recursive: true });
  });

  test("by guests, all of them together, leave room for everybody else's", async () => {
    using house = openHouse({ limits: { directRoomsOfGuests: 2 } });
    const mira = house.person("mira");
    for (const name of ["gus", "gil"]) await house.rooms.direct(house.person(name, "guest"), [mira]);
    expect(await refusedLater(house.rooms.direct(house.person("gale", "guest"), [mira]))).toBe("CONFLICT");
    await house.rooms.direct(house.person("tomas"), [mira]);
  });
});

test("a page weighs no more with a hundred and twenty direct conversations than with sixty, and says how many it leaves out", async () => {
  await withServer(
    { env: { OPENCODE_SAFE_MODE: "true" }, limits: { actBurst: 1_000, directsBeside: 10 } },
    async (server) => {
      const cookie = await signIn(server, "mira");
      const page = async () =>
        await (await fetch(`${server.http}/rooms/general`, { headers: { cookie, accept: "text/html" } })).text();
      const begin = async (from: number, to: number) => {
        for (let n = from; n < to; n += 1) {
          const other = await signIn(server, `other ${n}`);
          const headers = { cookie: other, origin: server.http };
          const body = new URLSearchParams({ members: "mira" });
          expect(
            (await fetch(`${server.http}/direct`, { method: "POST", headers, body, redirect: "manual" })).status,
          ).toBe(303);
        }
      };
      await begin(0, 60);
      const few = await page();
      expect(few).toContain("50 older ones: choose the same person to come back to it.");
      await begin(60, 120);
      const many = await page();
      expect(many).toContain("110 older ones");
      expect(many.match(/class="item direct"/g)).toHaveLength(10);
      expect(Math.abs(many.length - few.length)).toBeLessThan(500);
    },
  );
});
