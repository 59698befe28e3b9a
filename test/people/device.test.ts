import { describe, expect, test } from "bun:test";
import { deviceSeconds, permissionsOfScope, pollSeconds } from "../../src/people/device.ts";
import { second } from "../support/clock.ts";
import { openHouse, refusalOf, refused } from "../support/house.ts";

describe("a device that asks", () => {
  test("gets eight letters for a person to type, none of them a vowel or mistaken for a digit", () => {
    using house = openHouse({ limits: { pendingDevices: 500, devicesPerAddress: 500 } });
    const codes = Array.from({ length: 500 }, () => house.devices.ask("laptop", "", "10.0.0.1").userCode);
    for (const code of codes) expect(code).toMatch(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/);
    expect(new Set(codes).size).toBe(500);
    // Each of the twenty comes about as often as any other.
    const counts = new Map<string, number>();
    for (const letter of codes.join("").replaceAll("-", "")) counts.set(letter, (counts.get(letter) ?? 0) + 1);
    expect(counts.size).toBe(20);
    for (const count of counts.values()) expect(count).toBeWithin(120, 290);
  });

  test("gets a secret of 256 bits of its own", () => {
    using house = openHouse();
    const [first, second] = [house.devices.ask("laptop", "", "10.0.0.1"), house.devices.ask("laptop", "", "10.0.0.1")];
    expect(Buffer.from(first.deviceCode, "base64url")).toHaveLength(32);
    expect(first.deviceCode).not.toBe(second.deviceCode);
  });

  test("is shown to the person by name, one line of at most 60 characters", () => {
    using house = openHouse();
    const named = (client: string) => house.devices.look(house.devices.ask(client, "chat", "10.0.0.1").userCode).client;
    expect(named("mira's laptop")).toBe("mira's laptop");
    expect(named("evil\n\u202Ename")).toBe("evil name");
    expect(named("x".repeat(100))).toBe("x".repeat(60));
    expect(named(" \u200B ")).toBe("a device");
  });

  test("is refused scopes that there are not, and managing people is none of them", () => {
    using house = openHouse();
    for (const scope of [
      "manage_users",
      "manage_system",
      "manage_owners",
      "*",
      "chat root",
      "constructor",
      "__proto__",
    ]) {
      const refusal = refusalOf(() => house.devices.ask("laptop", scope, "10.0.0.1"));
      expect(refusal.code).toBe("INVALID_MESSAGE");
      expect(refusal.message).toStartWith('There is no scope "');
    }
    expect(permissionsOfScope(" chat  execute ")).toEqual(["read", "write", "execute"]);
    expect(house.devices.look(house.devices.ask("laptop", "  ", "10.0.0.1").userCode).scope).toBe("agent:manage");
  });

  test("waits for a place when too many wait", () => {
    using house = openHouse({ limits: { pendingDevices: 2 } });
    for (let n = 0; n < 2; n += 1) house.devices.ask("laptop", "", "10.0.0.1");
    const refusal = refusalOf(() => house.devices.ask("laptop", "", "10.0.0.1"));
    expect([refusal.code, refusal.retryAfter]).toEqual(["RATE_LIMITED", 60_000]);
    // Their codes are known a while longer, to be told that they are too old.
    house.clock.advance(2 * deviceSeconds * second + 1);
    house.devices.ask("laptop", "", "10.0.0.1");
  });
});

test("an address may ask so often in ten minutes, and another one is not kept out by it", () => {
  using house = openHouse({ limits: { devicesPerAddress: 2 } });
  const ask = (address: string) => house.devices.ask("laptop", "", address);
  for (let n = 0; n < 2; n += 1) ask("10.0.0.1");
  const refusal = refusalOf(() => ask("10.0.0.1"));
  expect([refusal.code, refusal.retryAfter]).toEqual(["RATE_LIMITED", deviceSeconds * second]);
  ask("10.0.0.2");
  house.clock.advance(deviceSeconds * second);
  ask("10.0.0.1");
});

describe("a device that waits", () => {
  test("hears that the person has not answered, and to be patient when it asks too often", () => {
    using house = openHouse();
    const { deviceCode } = house.devices.ask("laptop", "", "10.0.0.1");
    expect(house.devices.poll(deviceCode)).toBe("authorization_pending");
    house.clock.advance(second);
    expect(house.devices.poll(deviceCode)).toBe("slow_down");
    house.clock.advance(pollSeconds * second);
    expect(house.devices.poll(deviceCode)).toBe("authorization_pending");
    expect(pollSeconds).toBe(5);
  });

  test("gets its answer once", () => {
    using house = openHouse();
    const mira = house.person("mira");
    const { deviceCode, userCode } = house.devices.ask("laptop", "chat", "10.0.0.1");
    house.devices.decide(userCode, mira, true);
    expect(house.devices.poll(deviceCode)).toEqual({ member: mira, client: "laptop", scope: "chat" });
    expect(house.devices.poll(deviceCode)).toBe("invalid_grant");
  });

  test("that is denied is told so, once and for all", () => {
    using house = openHouse();
    const { deviceCode, userCode } = house.devices.ask("laptop", "chat", "10.0.0.1");
    house.devices.decide(userCode, house.person("mira"), false);
    expect(house.devices.poll(deviceCode)).toBe("invalid_grant");
    expect(house.devices.poll(deviceCode)).toBe("invalid_grant");
  });

  test("hears after ten minutes that its code is too old, and the person that there is none", () => {
    using house = openHouse();
    const mira = house.person("mira");
    const [waiting, decided] = [
      house.devices.ask("laptop", "", "10.0.0.1"),
      house.devices.ask("laptop", "", "10.0.0.1"),
    ];
    house.clock.advance(deviceSeconds * second - 1);
    house.devices.decide(decided.userCode, mira, true);
    expect(house.devices.poll(waiting.deviceCode)).toBe("authorization_pending");
    house.clock.advance(1);
    for (const { deviceCode } of [waiting, decided]) expect(house.devices.poll(deviceCode)).toBe("expired_token");
    expect(refused(() => house.devices.look(waiting.userCode))).toBe("NOT_FOUND");
    expect(refused(() => house.devices.decide(waiting.userCode, mira, true))).toBe("NOT_FOUND");
    expect(deviceSeconds).toBe(600);
  });

  test("is known by its secret and not by the person's code", () => {
    using house = openHouse();
    const { deviceCode, userCode } = house.devices.ask("laptop", "", "10.0.0.1");
    for (const guess of ["", userCode, userCode.replace("-", ""), deviceCode.slice(1), deviceCode.toLowerCase()])
      expect(house.devices.poll(guess)).toBe("invalid_grant");
  });
});

describe("a person who types a code", () => {
  test("may write it small, with spaces or without the hyphen", () => {
    using house = openHouse();
    const { userCode } = house.devices.ask("laptop", "", "10.0.0.1");
    const bare = userCode.replace("-", "");
    for (const typed of [userCode, bare, userCode.toLowerCase(), ` ${bare.slice(0, 2)} ${bare.slice(2)} `])
      expect(house.devices.look(typed).userCode).toBe(bare);
  });

  test("decides once; a second one, and one that never was, are refused", () => {
    using house = openHouse();
    const [mira, tomas] = [house.person("mira"), house.person("tomas")];
    const { deviceCode, userCode } = house.devices.ask("laptop", "chat", "10.0.0.1");
    house.devices.decide(userCode, mira, true);
    expect(refused(() => house.devices.decide(userCode, tomas, true))).toBe("CONFLICT");
    expect(refused(() => house.devices.look(userCode))).toBe("CONFLICT");
    for (const wrong of ["", "BBBB-BBBB", userCode.slice(0, 8)])
      expect(refused(() => house.devices.decide(wrong, tomas, true))).toBe("NOT_FOUND");
    expect(house.devices.poll(deviceCode)).toMatchObject({ member: mira });
  });
});
