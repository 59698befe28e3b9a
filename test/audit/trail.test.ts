import { describe, expect, test } from "bun:test";
import { acting } from "../../src/people/identity.ts";
import { hour } from "../support/clock.ts";
import { type House, openHouse } from "../support/house.ts";

/** olga signs in from home, mira from the office an hour later, and somebody is refused there an hour after that. */
async function house() {
  const opened = openHouse();
  const began = opened.clock.now();
  const [olga, mira] = [opened.person("olga", "owner"), opened.person("mira")];
  await opened.sessions.open(olga, { method: "password", device: "100% olga_s", address: "10.0.0.1" });
  opened.clock.advance(hour);
  await opened.sessions.open(mira, { method: "password", device: "phone", address: "10.0.0.2" });
  opened.clock.advance(hour);
  opened.audit.note({
    action: "sign-in refused",
    actorId: null,
    target: "root",
    address: "10.0.0.2",
    result: "failed",
  });
  opened.audit.flush();
  opened.log.flush();
  return { opened, olga, mira, began };
}

const actions = ({ trail }: House, filter: Parameters<House["trail"]["page"]>[0]) =>
  trail.page(filter, 100).map(({ action, address }) => `${action} ${address}`.trim());

describe("the trail", () => {
  test("without a filter is everything, the newest first, a page at a time", async () => {
    const { opened } = await house();
    using _ = opened;
    const all = opened.trail.page({}, 100);
    expect(all[0]?.action).toBe("sign-in refused");
    expect(all.map(({ id }) => id)).toEqual(all.map((_, index) => all.length - index));
    const first = opened.trail.page({}, 3);
    const next = opened.trail.page({ before: first.at(-1)?.id }, 100);
    expect([...first, ...next]).toEqual([...all]);
    expect(opened.trail.page({ before: 1 }, 100)).toEqual([]);
  });

  test("is narrowed by who, what and with which result, each and together", async () => {
    const { opened, olga, mira } = await house();
    using _ = opened;
    expect(actions(opened, { action: "sign-in" })).toEqual(["sign-in 10.0.0.2", "sign-in 10.0.0.1"]);
    expect(actions(opened, { actor: olga.id })).toEqual(["sign-in 10.0.0.1"]);
    expect(actions(opened, { result: "failed" })).toEqual(["sign-in refused 10.0.0.2"]);
    expect(actions(opened, { actor: mira.id, action: "sign-in", result: "ok" })).toEqual(["sign-in 10.0.0.2"]);
    expect(actions(opened, { actor: mira.id, result: "failed" })).toEqual([]);
    expect(actions(opened, { actor: 999_999 })).toEqual([]);
  });

  test("is narrowed by time: from that moment on, up to and without that one", async () => {
    const { opened, began } = await house();
    using _ = opened;
    expect(actions(opened, { action: "sign-in", from: began + hour })).toEqual(["sign-in 10.0.0.2"]);
    expect(actions(opened, { action: "sign-in", to: began + hour })).toEqual(["sign-in 10.0.0.1"]);
    expect(actions(opened, { from: began + 1, to: began + hour })).toEqual([]);
  });

  test("is searched for words in target, address and detail, and signs of patterns are only signs", async () => {
    const { opened } = await house();
    using _ = opened;
    expect(actions(opened, { text: "ROOT" })).toEqual(["sign-in refused 10.0.0.2"]);
    expect(actions(opened, { text: "10.0.0.2" })).toHaveLength(2);
    expect(actions(opened, { text: "phone" })).toEqual(["sign-in 10.0.0.2"]);
    expect(actions(opened, { text: "100%" })).toEqual(["sign-in 10.0.0.1"]);
    expect(actions(opened, { text: "olga_s" })).toEqual(["sign-in 10.0.0.1"]);
    for (const text of ["10_0_0_2", "%", "r%t", "\\", "' OR 1=1 --", '"'])
      expect(actions(opened, { text, action: "sign-in refused" })).toEqual([]);
  });

  test("is exported whole, the oldest first, however long it is", async () => {
    const { opened } = await house();
    using _ = opened;
    for (let n = 0; n < 1_200; n += 1)
      opened.audit.note({
        action: "socket refused",
        actorId: null,
        address: `10.1.${n % 200}.${Math.floor(n / 200)}`,
        result: "refused",
      });
    opened.audit.flush();
    opened.log.flush();
    const all = [...opened.trail.export({})];
    expect(all.map(({ id }) => id)).toEqual(all.map((_, index) => index + 1));
    expect([...opened.trail.export({ action: "socket refused" })].length).toBe(1_000);
    expect([...opened.trail.export({ action: "sign-in" })].map(({ address }) => address)).toEqual([
      "10.0.0.1",
      "10.0.0.2",
    ]);
    expect([...opened.trail.export({ action: "nothing" })]).toEqual([]);
  });

  test("names the actions that occur, and only those", async () => {
    const { opened, olga } = await house();
    using _ = opened;
    const mira = opened.person("mira");
    expect(opened.trail.actions()).toContain("sign-in refused");
    expect(opened.trail.actions()).not.toContain("reset link made");
    await opened.passwords.createReset(mira, acting(olga, "10.0.0.1"));
    expect(opened.trail.actions()).toContain("reset link made");
  });
});
