import { describe, expect, test } from "bun:test";
import { acting } from "../../src/people/identity.ts";
import { day } from "../support/clock.ts";
import { type House, openHouse, refusedLater } from "../support/house.ts";

const address = "10.0.0.1";

async function granted(house: House, name = "mira", scope = "agent:manage") {
  const member = house.person(name);
  return { member, ...(await house.grants.make(member, "a laptop", scope, address)) };
}

/** What an access token of a grant opens. */
async function byAccessToken(house: House, grantId: number) {
  const token = await house.tokens.sign({ sub: "1", grant: grantId, type: "cli" }, 600);
  return house.credentials.identify(token, address);
}

describe("a device that mira let in", () => {
  test("acts as her, with no more than its scope", async () => {
    using house = openHouse();
    const { member, grant } = await granted(house, "mira", "chat");
    expect(grant).toMatchObject({ memberId: member.id, client: "a laptop", scope: "chat" });
    const identity = await byAccessToken(house, grant.id);
    expect(identity.proof).toEqual({ kind: "grant", id: grant.id });
    expect(identity.member).toMatchObject({ name: "mira", scope: { permissions: ["read", "write"], rooms: null } });
  });

  test("gives each refresh token for the next, once", async () => {
    using house = openHouse();
    const { grant, refreshToken } = await granted(house);
    let current = refreshToken;
    for (let n = 0; n < 3; n += 1) {
      const { grant: same, refreshToken: next } = await house.grants.refresh(current, address);
      expect(same.id).toBe(grant.id);
      expect(next).not.toBe(current);
      current = next;
    }
    expect(house.grants.byRefreshToken(current)?.id).toBe(grant.id);
  });

  test("ends as a whole when a used refresh token comes again: nobody can tell who of the two is the thief", async () => {
    using house = openHouse();
    const { grant, refreshToken } = await granted(house);
    const other = await granted(house, "mira", "chat");
    const { refreshToken: next } = await house.grants.refresh(refreshToken, address);
    await expect(house.grants.refresh(refreshToken, "10.6.6.6")).rejects.toThrow(
      "That refresh token was used before: the device must sign in again.",
    );
    expect(await refusedLater(house.grants.refresh(next, address))).toBe("AUTH_FAILED");
    expect(house.grants.byId(grant.id)).toBeUndefined();
    expect(await refusedLater(byAccessToken(house, grant.id))).toBe("AUTH_FAILED");
    expect(house.grants.byId(other.grant.id)).toBeDefined();
    expect(house.trail.page({ action: "device revoked" }, 10)).toMatchObject([
      { address: "10.6.6.6", detail: JSON.stringify({ id: grant.id, reused: true }) },
    ]);
  });

  test("that asks twice at once with one refresh token is taken for two, and ends", async () => {
    using house = openHouse();
    const { grant, refreshToken } = await granted(house);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, () => house.grants.refresh(refreshToken, address)),
    );
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(house.grants.byId(grant.id)).toBeUndefined();
  });

  test("is out at once when she revokes it, access tokens that still run included", async () => {
    using house = openHouse();
    const { member, grant, refreshToken } = await granted(house);
    const identity = await byAccessToken(house, grant.id);
    expect(house.credentials.holds(identity)).toBe(true);
    await house.grants.revoke(member, grant.id);
    expect(house.credentials.holds(identity)).toBe(false);
    await expect(byAccessToken(house, grant.id)).rejects.toThrow("That device's access was revoked.");
    await expect(house.grants.refresh(refreshToken, address)).rejects.toThrow(
      "That refresh token is unknown, revoked or too old: sign the device in again.",
    );
    expect(await refusedLater(house.grants.revoke(member, grant.id))).toBe("NOT_FOUND");
  });

  test("is hers to revoke and nobody else's", async () => {
    using house = openHouse();
    const { grant } = await granted(house);
    const olga = acting(house.person("olga", "owner"), address);
    expect(await refusedLater(house.grants.revoke(olga, grant.id))).toBe("NOT_FOUND");
    expect(await refusedLater(house.grants.revoke(olga, 999_999))).toBe("NOT_FOUND");
    expect(house.grants.byId(grant.id)).toBeDefined();
    expect(house.grants.of(olga.id)).toEqual([]);
  });

  test("is out when she is disabled, and stays out when she is back", async () => {
    using house = openHouse();
    const { member, grant, refreshToken } = await granted(house);
    const olga = house.person("olga", "owner");
    await house.members.disable(olga, member);
    expect(house.grants.byId(grant.id)).toBeUndefined();
    await house.members.enable(olga, house.members.byId(member.id));
    expect(house.grants.byRefreshToken(refreshToken)).toBeUndefined();
  });

  test("asks again after 30 days without use, to the day", async () => {
    using house = openHouse();
    const [used, unused] = [await granted(house), await granted(house)];
    house.clock.advance(30 * day);
    const { refreshToken } = await house.grants.refresh(used.refreshToken, address);
    house.clock.advance(1);
    expect(await refusedLater(house.grants.refresh(unused.refreshToken, address))).toBe("AUTH_FAILED");
    await house.grants.refresh(refreshToken, address);
  });

  test("asks again after 90 days however much it is used", async () => {
    using house = openHouse();
    const { grant, refreshToken } = await granted(house);
    let current = refreshToken;
    for (let n = 0; n < 89; n += 1) {
      house.clock.advance(day);
      current = (await house.grants.refresh(current, address)).refreshToken;
    }
    house.clock.advance(day);
    expect(await refusedLater(house.grants.refresh(current, address))).toBe("AUTH_FAILED");
    expect(house.grants.byId(grant.id)).toBeUndefined();
    expect(house.grants.of(grant.memberId)).toEqual([]);
  });
});

test("refresh tokens that never were open nothing", async () => {
  using house = openHouse();
  const { refreshToken } = await granted(house);
  for (const guess of ["", "x", refreshToken.slice(1), refreshToken.toUpperCase()]) {
    expect(await refusedLater(house.grants.refresh(guess, address))).toBe("AUTH_FAILED");
    expect(house.grants.byRefreshToken(guess)).toBeUndefined();
  }
});
