import { describe, expect, test } from "bun:test";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { acting } from "../../src/people/identity.ts";
import { openHouse } from "../support/house.ts";
import { account, address, byName } from "../support/moment.ts";

describe("what somebody handed out in development, where anybody comes in under any name", () => {
  test("opens nothing without it: no invitation, no link; what an account or the house handed out does", async () => {
    const env = { OPENCODE_DEV_MODE: "true" };
    const path = join(mkdtempSync(join(tmpdir(), "parley-development-")), "parley.db");
    const handedOut: Record<string, { invitation: string; link: string }> = {};
    {
      using house = openHouse({ env, path });
      const eve = await byName(house, "eve");
      const [olga, mira] = [await account(house, "olga", "owner"), house.person("mira")];
      const operator = acting({ ...house.members.system, role: "owner" }, address);
      const invited = { role: "owner", rooms: [], note: "", uses: 9, days: 90 } as const;
      for (const by of [eve, olga, operator]) {
        const { token: invitation } = await house.invitations.create(by, invited);
        handedOut[by.name] = { invitation, link: await house.passwords.createReset(mira, by) };
        expect(house.invitations.find(invitation).by.id).toBe(by.id);
      }
    }
    using later = openHouse({ path });
    const good = (act: () => unknown) => {
      try {
        act();
        return true;
      } catch {
        return false;
      }
    };
    const left = Object.entries(handedOut).map(([name, { invitation, link }]) => [
      name,
      good(() => later.invitations.find(invitation)),
      good(() => later.passwords.findReset(link)),
    ]);
    expect(left).toEqual([
      ["eve", false, false],
      ["olga", true, true],
      ["system", true, true],
    ]);
    expect(later.invitations.open().map(({ by }) => by.name)).not.toContain("eve");
  });

  test("leaves no account with another role than it had: neither one with a password nor one of an outside issuer", async () => {
    using house = openHouse({ env: { OPENCODE_DEV_MODE: "true" } });
    const outside = house.person("oda", "viewer");
    await account(house, "mira", "analyst");
    const enter = (userId: string) => byName(house, userId);
    expect([(await enter("oda")).id, (await enter("oda")).role, (await enter("mira")).role]).toEqual([
      outside.id,
      "viewer",
      "analyst",
    ]);
    expect((await enter("anybody")).role).toBe("owner");
  });
});
