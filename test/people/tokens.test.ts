import { describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SignJWT } from "jose";
import { signingKey } from "../../src/people/tokens.ts";
import { hour, minute, second } from "../support/clock.ts";
import { openHouse } from "../support/house.ts";

const secretKey = "a key of the tests, 32 bytes long";
const env = { OPENCODE_SECRET_KEY: secretKey };

describe("our own token", () => {
  test("says what was put into it, for how long, and for whom", async () => {
    using house = openHouse();
    const token = await house.tokens.sign({ sub: "mira", scope: "chat" }, 600);
    const now = house.clock.now() / 1000;
    const { claims, outside } = await house.tokens.verify(token);
    expect(outside).toBe(false);
    expect(claims).toMatchObject({
      sub: "mira",
      scope: "chat",
      iss: "parley",
      aud: "parley",
      iat: now,
      exp: now + 600,
    });
    expect(claims.jti).toBeString();
  });

  test("is over at its time, to the second", async () => {
    using house = openHouse();
    const token = await house.tokens.sign({ sub: "mira" }, 60);
    house.clock.advance(59 * second);
    await house.tokens.verify(token);
    house.clock.advance(second);
    await expect(house.tokens.verify(token)).rejects.toThrow("That token has expired.");
  });

  test("lives no longer than the setting says, and the sentence names the setting", async () => {
    using house = openHouse({ env: { PARLEY_JWT_MAX_MINUTES: "15" } });
    await house.tokens.verify(await house.tokens.sign({ sub: "mira" }, 16 * 60));
    await expect(house.tokens.verify(await house.tokens.sign({ sub: "mira" }, 16 * 60 + 1))).rejects.toThrow(
      "That token lives longer than 15 minutes (PARLEY_JWT_MAX_MINUTES).",
    );
  });

  test("of another house is refused", async () => {
    using house = openHouse();
    using other = openHouse();
    await expect(house.tokens.verify(await other.tokens.sign({ sub: "mira" }, 60))).rejects.toThrow(
      "That token is not accepted.",
    );
  });

  test("made by whoever holds the key needs neither issuer nor audience, but wrong ones are refused", async () => {
    using house = openHouse({ env });
    const made = (claims: Record<string, unknown>, typ?: string) =>
      new SignJWT({ sub: "mira", ...claims })
        .setProtectedHeader({ alg: "HS256", ...(typ !== undefined && { typ }) })
        .setExpirationTime(house.clock.now() / 1000 + 60)
        .sign(new TextEncoder().encode(secretKey));
    for (const token of [await made({}), await made({ aud: ["other", "parley"] }), await made({}, "at+jwt")])
      expect((await house.tokens.verify(token)).claims.sub).toBe("mira");
    await expect(house.tokens.verify(await made({ iss: "eve" }))).rejects.toThrow("That token is not ours.");
    await expect(house.tokens.verify(await made({ aud: "eve" }))).rejects.toThrow(
      "That token is meant for somebody else.",
    );
    await expect(house.tokens.verify(await made({}, "logout+jwt"))).rejects.toThrow();
  });

  test("does not mind the hour it is in another place, nor the wall clock of the one who asks", async () => {
    using house = openHouse();
    const token = await house.tokens.sign({ sub: "mira" }, 3_600);
    house.clock.advance(hour - minute);
    await house.tokens.verify(token);
  });
});

describe("the key that signs", () => {
  const inFolder = (act: (path: string) => void) => {
    const folder = mkdtempSync(join(tmpdir(), "parley-key-"));
    try {
      act(join(folder, "parley.db"));
    } finally {
      rmSync(folder, { recursive: true });
    }
  };

  test("is the one that is set", () => {
    inFolder((databasePath) => {
      expect(signingKey({ secretKey, databasePath })).toEqual(new TextEncoder().encode(secretKey));
      expect(existsSync(`${databasePath}.key`)).toBe(false);
    });
  });

  test("else is made once, beside the database and not in it, for nobody else to read", () => {
    inFolder((databasePath) => {
      const key = signingKey({ secretKey: null, databasePath });
      expect(key).toHaveLength(32);
      expect(signingKey({ secretKey: null, databasePath })).toEqual(key);
      expect(statSync(`${databasePath}.key`).mode & 0o777).toBe(0o600);
      expect(Buffer.from(readFileSync(`${databasePath}.key`, "utf8").trim(), "base64url")).toEqual(Buffer.from(key));
    });
  });

  test("that was cut short, or cannot be written, keeps the server from starting, and says why", () => {
    inFolder((databasePath) => {
      writeFileSync(`${databasePath}.key`, "c2hvcnQ\n");
      expect(() => signingKey({ secretKey: null, databasePath })).toThrow("is not a signing key: delete it");
    });
    expect(() => signingKey({ secretKey: null, databasePath: "/nowhere/at/all/parley.db" })).toThrow(
      "set OPENCODE_SECRET_KEY, or mend the folder",
    );
  });
});
