import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { localPath } from "../../src/guards/next.ts";
import { undocumentedAnswer } from "../support/documented-answers.ts";
import { type Actor, cast, isPerson, openWorld, type Who, type World } from "./cast.ts";
import { rows, titleOf } from "./rows/all.ts";
import { comeBy } from "./send.ts";
import type { Place, Row } from "./table.ts";

let world: World;
let said: Record<string, number>;
beforeAll(async () => {
  world = await openWorld();
  said = { general: await world.say("general"), vault: await world.say("vault") };
});
afterAll(() => world.stop());

/** Answers that the API's document tells otherwise, or not at all. */
const undocumented: string[] = [];

/** What each of the cast gets; nothing may be left behind by what is refused or only looked at. */
async function outcomes(row: Row, slug: string): Promise<Record<string, number | string>> {
  const got: Record<string, number | string> = {};
  for (const who of cast) got[who] = await outcome(row, who, { slug, messageId: said[slug] ?? 0 });
  return got;
}

async function outcome(row: Row, who: Who, place: Place): Promise<number | string> {
  const usual = world.as(who);
  const actor: Actor = row.takesSession && isPerson(who) ? await world.again(who) : usual;
  const asked = await row.ask(world, actor, place);
  const { seq } = world.written;
  const come = await world.ask(actor, asked);
  const left = world.written.since(seq);
  if (row.renewsSession && come.status < 400) world.adopt(who, comeBy(come));
  await row.after?.(world, usual);
  const succeeded = come.status < 400 && asked.method !== "GET";
  const due = succeeded ? (typeof row.leaves === "function" ? row.leaves(who) : row.leaves) : undefined;
  // What browsers get under an address that programs ask as well is no matter of the API.
  const isPage = asked.accept === "text/html" && come.headers.get("content-type")?.startsWith("text/html");
  const fault = isPage || come.status === 303 ? undefined : undocumentedAnswer(world.documented, row.route, come);
  if (fault !== undefined) undocumented.push(fault);
  const fits = due === undefined ? left.length === 0 : left.includes(due);
  return fits ? come.status : `${come.status} and left ${left.join(", ") || "nothing"}`;
}

test("every route of the app has a row, and every row is of a route of the app", () => {
  const inApp = world.routes.map(({ method, pattern }) => `${method} ${pattern}`);
  const inTable = [...new Set(rows.map(({ route }) => route))];
  expect(inTable.filter((route) => !inApp.includes(route))).toEqual([]);
  expect(inApp.filter((route) => !inTable.includes(route))).toEqual([]);
});

test("rows about rooms are about private ones as well, and no row stands twice", () => {
  const halves = rows.filter(({ route, inPrivate }) => route.includes(":slug") !== (inPrivate !== undefined));
  expect(halves.map(titleOf)).toEqual([]);
  const names = rows.map(titleOf);
  expect(names.length).toBe(new Set(names).size);
});

describe("who gets what", () => {
  test.each(rows.map((row) => [titleOf(row), row] as const))(
    "%s",
    async (_, row) => {
      expect(await outcomes(row, "general")).toEqual(row.answers);
    },
    20_000,
  );
});

describe("who gets what in a private room", () => {
  const ofRooms = rows.flatMap((row) => (row.inPrivate ? [[titleOf(row), row, row.inPrivate] as const] : []));
  test.each(ofRooms)(
    "%s",
    async (_, row, answers) => {
      expect(await outcomes(row, "vault")).toEqual(answers);
    },
    20_000,
  );
});

test("whoever follows a link without being signed in comes to the sign-in page", async () => {
  const closed = rows.filter(({ route, answers }) => route.startsWith("GET ") && [401, 303].includes(answers.nobody));
  expect(closed.length).toBeGreaterThan(20);
  for (const row of closed) {
    for (const who of ["nobody", "endedSession"] as const) {
      const asked = await row.ask(world, world.as(who), { slug: world.vault, messageId: said.vault ?? 0 });
      const { status, headers } = await world.ask(world.as(who), { ...asked, accept: "text/html" });
      // It leads on to where the link led, and says so to whoever was signed in before.
      const query = new URLSearchParams({
        ...(who === "endedSession" && { over: "1" }),
        next: localPath(asked.path) ?? "",
      });
      expect([titleOf(row), status, headers.get("location")]).toEqual([titleOf(row), 303, `/sign-in?${query}`]);
    }
  }
});

test("whatever anybody got is what the API's document says of that route", () => {
  expect(undocumented).toEqual([]);
});

test("and none of all this found a bug of ours", () => {
  expect(world.server.logged.filter(({ level }) => level === "error")).toEqual([]);
});
