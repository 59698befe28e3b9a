import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type AuditEntry, chainStart, hashOfEntry } from "../../src/audit/audit.ts";
import { auditColumns, checkChain, checkTail } from "../../src/audit/chain.ts";
import { rebuild } from "../../src/database/rebuild.ts";
import { dump, eventsIn, takeWallsDown } from "../support/database.ts";
import { type House, openHouse } from "../support/house.ts";

/** A house with forty entries in its audit, of which some have details. */
function busyHouse(): House {
  const house = openHouse();
  for (let n = 0; house.trail.page({}, 100).length < 40; n += 1) {
    house.person(`person ${n}`);
    const detail = { reason: `reason ${n}`, status: 400 + n };
    house.audit.note({ action: "socket refused", actorId: null, address: `10.0.0.${n}`, result: "refused", detail });
    house.audit.flush();
    house.log.flush();
  }
  return house;
}

const rows = ({ store }: House) =>
  store.sqlite.query<AuditEntry, []>(`SELECT ${auditColumns} FROM audit ORDER BY id`).all();

/** What the check says after somebody has been at the table; the table is as it was afterwards. */
async function after(
  { store }: House,
  tamper: (run: (sql: string, ...values: (string | number | null)[]) => void) => void,
) {
  store.sqlite.run("BEGIN");
  try {
    takeWallsDown(store.sqlite);
    tamper((sql, ...values) => void store.sqlite.run(sql, values));
    return { whole: await checkChain(store), tail: checkTail(store) };
  } finally {
    store.sqlite.run("ROLLBACK");
  }
}

const fields = ["at", "seq", "action", "actor_id", "target", "address", "result", "detail", "hash"] as const;
const numbers = new Set<string>(["at", "seq", "actor_id"]);
const property = <T>(edits: fc.Arbitrary<T>, holds: (edit: T) => Promise<void>) =>
  fc.assert(fc.asyncProperty(edits, holds), { numRuns: 150 });

describe("the chain of the audit", () => {
  test("holds for what was written, and its head is the newest hash", async () => {
    using house = busyHouse();
    const all = rows(house);
    const whole = { ok: true, count: all.length, head: all.at(-1)?.hash ?? "", brokenAt: null };
    expect(await checkChain(house.store)).toEqual(whole);
    expect(checkTail(house.store)).toEqual(whole);
    const [first] = all;
    expect(first?.hash).toBe(hashOfEntry(chainStart, first as AuditEntry));
  });

  test("of an audit in which nothing had to be yet holds", async () => {
    using house = openHouse({ env: { PARLEY_DEMO_TEAM: "false" } });
    const nothing = { ok: true, count: 0, head: chainStart, brokenAt: null };
    expect(rows(house).length).toBeGreaterThan(0);
    const { whole, tail } = await after(house, (run) => {
      run("DELETE FROM audit");
      run("DELETE FROM events");
    });
    expect([whole, tail]).toEqual([nothing, nothing]);
  });

  test("holds where auditing began later than the log: what came before has no entries", async () => {
    using house = busyHouse();
    const { whole, tail } = await after(house, (run) => {
      run("UPDATE meta SET value = (SELECT max(seq) + 1 FROM events) WHERE key = 'audit_from'");
      run("DELETE FROM audit");
    });
    expect([whole.ok, tail.ok]).toEqual([true, true]);
  });

  test("holds over many pages, and so does its end", async () => {
    using house = openHouse({ limits: { auditBatch: 3_000 } });
    for (let n = 0; n < 2_500; n += 1)
      house.audit.note({ action: "socket closed", actorId: null, address: `10.0.${n % 250}.1`, result: "ok" });
    house.audit.flush();
    house.log.flush();
    const count = rows(house).length;
    expect(await checkChain(house.store)).toMatchObject({ ok: true, count });
    expect(checkTail(house.store)).toMatchObject({ ok: true, count });
    const { whole, tail } = await after(house, (run) => run("UPDATE audit SET address = '10.6.6.6' WHERE id = 700"));
    expect(whole).toMatchObject({ ok: false, brokenAt: 700 });
    expect(tail.ok).toBe(true);
    const late = await after(house, (run) => run("UPDATE audit SET address = '10.6.6.6' WHERE id = 2400"));
    expect(late.tail).toMatchObject({ ok: false, brokenAt: 2_400 });
  });
});

describe("whoever is at the table is found out", () => {
  test("any field of any entry that was changed", async () => {
    using house = busyHouse();
    const all = rows(house);
    const edits = fc.record({
      index: fc.nat(all.length - 1),
      field: fc.constantFrom(...fields),
      text: fc.string({ maxLength: 20 }).filter((text) => !text.includes("\0")),
      number: fc.integer(),
    });
    await property(edits, async ({ index, field, text, number }) => {
      const entry = all[index];
      const value = numbers.has(field) ? number : text;
      if (!entry || String(entry[field === "actor_id" ? "actorId" : field]) === String(value)) return;
      const { whole, tail } = await after(house, (run) =>
        run(`UPDATE audit SET ${field} = ? WHERE id = ?`, value, entry.id),
      );
      expect(whole).toMatchObject({ ok: false, brokenAt: entry.id });
      expect(tail).toEqual(whole);
    });
  });

  test("a field that was emptied, or made a number where it was a text", async () => {
    using house = busyHouse();
    const id = rows(house).find(({ action }) => action === "socket refused")?.id ?? 0;
    for (const change of [
      "target = x'00'",
      "detail = '{}'",
      "actor_id = 1",
      "at = at + 1",
      "result = 'ok'",
      "id = 10000",
    ])
      expect((await after(house, (run) => run(`UPDATE audit SET ${change} WHERE id = ${id}`))).whole.ok).toBe(false);
  });

  test("any entry that was taken out, though the rest is as it was", async () => {
    using house = busyHouse();
    const count = rows(house).length;
    for (let id = 1; id < count; id += 1) {
      const { whole } = await after(house, (run) => run("DELETE FROM audit WHERE id = ?", id));
      expect(whole).toMatchObject({ ok: false, brokenAt: id });
      // Nor do the others close the gap.
      const closed = await after(house, (run) => {
        run("DELETE FROM audit WHERE id = ?", id);
        for (let next = id + 1; next <= count; next += 1) run("UPDATE audit SET id = ? WHERE id = ?", next - 1, next);
      });
      expect(closed.whole).toMatchObject({ ok: false, brokenAt: id });
    }
  });

  test("any two entries that changed places", async () => {
    using house = busyHouse();
    const count = rows(house).length;
    const pairs = fc
      .tuple(fc.integer({ min: 1, max: count }), fc.integer({ min: 1, max: count }))
      .filter(([one, other]) => one !== other);
    await property(pairs, async ([one, other]) => {
      const { whole } = await after(house, (run) => {
        run("UPDATE audit SET id = -1 WHERE id = ?", one);
        run("UPDATE audit SET id = ? WHERE id = ?", one, other);
        run("UPDATE audit SET id = ? WHERE id = -1", other);
      });
      expect(whole).toMatchObject({ ok: false, brokenAt: Math.min(one, other) });
    });
  });

  test("any entry that was slipped in, before, between or after the others, with whatever hash", async () => {
    using house = busyHouse();
    const all = rows(house);
    const forged = fc.record({
      at: fc.integer({ min: -3, max: all.length + 3 }),
      hash: fc.constantFrom(chainStart, "", "f".repeat(64), ...all.map(({ hash }) => hash)),
    });
    await property(forged, async ({ at, hash }) => {
      const { whole } = await after(house, (run) => {
        for (let id = all.length; id >= Math.max(1, at); id -= 1)
          run("UPDATE audit SET id = ? WHERE id = ?", id + 1, id);
        run("INSERT INTO audit VALUES (?, 1, 1, 'sign-in', 1, '', '', 'ok', '{}', ?)", at, hash);
      });
      expect(whole.ok).toBe(false);
    });
  });

  test("that all of it was taken out, also where the file does not say any more when it began", async () => {
    using house = busyHouse();
    const all = await after(house, (run) => run("DELETE FROM audit"));
    expect(all.whole).toEqual({ ok: false, count: 0, head: chainStart, brokenAt: 1 });
    expect(all.tail).toEqual(all.whole);
    const more = await after(house, (run) => {
      run("DELETE FROM audit");
      run("DELETE FROM meta WHERE key = 'audit_from'");
    });
    expect([more.whole.ok, more.tail.ok]).toEqual([false, false]);
  });

  test("that an admin took back what somebody said, and the entry is gone; taking back one's own is none", async () => {
    using house = openHouse();
    const [ada, mira] = [house.person("ada", "admin"), house.person("mira")];
    const [one, other] = [house.say(mira, "one"), house.say(mira, "other")];
    house.outcomeOf((done) => house.change.remove(mira, one.id, done));
    expect((await checkChain(house.store)).ok).toBe(true);
    house.outcomeOf((done) => house.change.remove(ada, other.id, done));
    const last = (await checkChain(house.store)).count;
    expect(await checkChain(house.store)).toMatchObject({ ok: true });
    const { whole, tail } = await after(house, (run) => run("DELETE FROM audit WHERE id = ?", last));
    expect([whole.ok, tail.ok]).toEqual([false, false]);
  });

  test("who cuts off the end is found out by the log, and if they cut that as well, by whoever kept the head", async () => {
    using house = busyHouse();
    const before = await checkChain(house.store);
    const { whole, tail } = await after(house, (run) => run("DELETE FROM audit WHERE id > ?", before.count - 3));
    expect(whole).toMatchObject({ ok: false, count: before.count - 3, brokenAt: before.count - 2 });
    expect(tail).toEqual(whole);
    const both = await after(house, (run) => {
      run("DELETE FROM audit WHERE id > ?", before.count - 3);
      run("DELETE FROM events WHERE seq > (SELECT max(seq) FROM audit)");
    });
    expect([both.whole.ok, both.whole.head === before.head]).toEqual([true, false]);
  });
});

describe("the table itself is only appended to", () => {
  test.each([
    "UPDATE audit SET address = '10.6.6.6' WHERE id = 5",
    "UPDATE OR REPLACE audit SET id = 4 WHERE id = 5",
    "DELETE FROM audit",
    "DELETE FROM audit WHERE id = (SELECT max(id) FROM audit)",
    "INSERT OR REPLACE INTO audit SELECT * FROM audit WHERE id = 5",
    "INSERT INTO audit SELECT 0, at, seq, action, actor_id, target, address, result, detail, hash FROM audit WHERE id = 1",
    "INSERT INTO audit SELECT id + 1000, at, seq, action, actor_id, target, address, result, detail, hash FROM audit WHERE id = 1",
  ])("%s is refused by the database", (sql) => {
    using house = busyHouse();
    const before = rows(house);
    expect(() => house.store.sqlite.run(sql)).toThrow("the audit is only appended to");
    expect(rows(house)).toEqual(before);
  });

  test("and goes on being appended to, also after everything was made again from the log", async () => {
    using house = busyHouse();
    const before = rows(house);
    rebuild(house.store, house.log, eventsIn(house.store.sqlite));
    expect(rows(house)).toEqual(before);
    expect(() => house.store.sqlite.run("DELETE FROM audit")).toThrow("the audit is only appended to");
    house.person("somebody new");
    expect(await checkChain(house.store)).toMatchObject({ ok: true, count: before.length + 1 });
  });

  test("a rebuild that fails leaves the tables, and the walls, as they were", () => {
    using house = busyHouse();
    const before = dump(house.store.sqlite);
    const [first, second] = eventsIn(house.store.sqlite);
    if (!first || !second) throw new Error("no events");
    expect(() => rebuild(house.store, house.log, [first, { ...second, kind: "of no domain" }])).toThrow("no domain");
    expect(dump(house.store.sqlite)).toEqual(before);
    expect(() => house.store.sqlite.run("DELETE FROM audit")).toThrow("the audit is only appended to");
    house.person("somebody new");
    expect(house.log.seq).toBe(eventsIn(house.store.sqlite).length);
  });
});
