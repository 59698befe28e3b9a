import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHmac, generateKeyPairSync } from "node:crypto";
import { exportJWK, generateKeyPair, importSPKI } from "jose";
import { createConfig } from "../../src/config.ts";
import { Client } from "../support/client.ts";
import { HandClock } from "../support/clock.ts";
import { startServer, type TestServer } from "../support/server.ts";

const secret = "a key of the tests, 32 bytes long";
const clock = new HandClock();
const now = Math.floor(clock.now() / 1000);
const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const publicPem = String(publicKey.export({ type: "spki", format: "pem" }));
let server: TestServer;
let issuer: ReturnType<typeof Bun.serve>;
let asked = 0;
beforeAll(async () => {
  const jwk = {
    ...(await exportJWK(await importSPKI(publicPem, "RS256", { extractable: true }))),
    kid: "one",
    alg: "RS256",
  };
  issuer = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch(request) {
      if (new URL(request.url).pathname !== "/jwks.json") asked += 1;
      return Response.json({ keys: [jwk] });
    },
  });
  const env = {
    OPENCODE_DEV_MODE: "false",
    OPENCODE_SAFE_MODE: "true",
    OPENCODE_SECRET_KEY: secret,
    PARLEY_JWT_ISSUER: "https://id.example.org",
    PARLEY_JWT_AUDIENCE: "parley.example.org",
    PARLEY_JWT_JWKS_URL: `${issuer.url.href}jwks.json`,
  };
  server = await startServer({ env, clock, limits: { addressAttempts: 100_000 } });
});
afterAll(async () => {
  await server.stop();
  await issuer.stop(true);
});

const part = (value: unknown) =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
const good = { user_id: "mira", role: "developer", exp: now + 600 };

interface Forged {
  readonly header?: unknown;
  readonly claims?: unknown;
  readonly key?: string | Buffer;
  readonly hash?: string;
}

/** A token made by hand: any header, any payload, signed with any secret by any hash. */
function forge({
  header = { alg: "HS256", typ: "JWT" },
  claims = good,
  key = secret,
  hash = "sha256",
}: Forged = {}): string {
  const signed = `${part(header)}.${part(claims)}`;
  return `${signed}.${createHmac(hash, key).update(signed).digest("base64url")}`;
}

/** What a token gets over HTTP. */
async function shown(token: string): Promise<{ status: number; name?: string }> {
  const answer = await fetch(`${server.http}/api/v1/me`, { headers: { authorization: `Bearer ${token}` } });
  if (answer.status !== 200) return { status: answer.status };
  return { status: 200, name: ((await answer.json()) as { name: string }).name };
}

test("a token made the right way is accepted, so that what follows is refused for its own reason", async () => {
  expect(await shown(forge())).toEqual({ status: 200, name: "mira" });
});

describe("whoever chooses the algorithm", () => {
  test.each(["none", "None", "NONE", "nOnE", "none ", " none", "", "null", "HS256\0"])(
    "gets nowhere with %j",
    async (alg) => {
      const [header, payload] = [part({ alg, typ: "JWT" }), part(good)];
      for (const signature of ["", "x", forge().split(".")[2] ?? ""])
        expect((await shown(`${header}.${payload}.${signature}`)).status).toBe(401);
      expect((await shown(forge({ header: { alg } }))).status).toBe(401);
    },
  );

  test.each([
    ["another HMAC", { header: { alg: "HS512" }, hash: "sha512" }],
    ["one HMAC under another's name", { header: { alg: "HS256" }, hash: "sha512" }],
    ["the other way round", { header: { alg: "HS512" }, hash: "sha256" }],
    ["no algorithm", { header: { typ: "JWT" } }],
    ["two of them", { header: { alg: ["HS256", "none"] } }],
    ["a number", { header: { alg: 256 } }],
    ["an asymmetric one over our secret", { header: { alg: "RS256" } }],
    ["an algorithm for encryption", { header: { alg: "dir", enc: "A256GCM" } }],
  ])("gets nowhere with %s", async (_, more) => {
    expect((await shown(forge(more))).status).toBe(401);
  });

  test("cannot pass the issuer's public key off as our secret, in any form of it", async () => {
    const theirs = { ...good, iss: "https://id.example.org", aud: "parley.example.org", sub: "7" };
    const der = publicKey.export({ type: "spki", format: "der" });
    const jwk = JSON.stringify(publicKey.export({ format: "jwk" }));
    for (const key of [
      publicPem,
      publicPem.trim(),
      `${publicPem}\n`,
      der,
      jwk,
      String(publicKey.export({ type: "pkcs1", format: "pem" })),
    ])
      for (const claims of [good, theirs])
        for (const header of [{ alg: "HS256" }, { alg: "HS256", kid: "one" }, { alg: "RS256", kid: "one" }])
          expect((await shown(forge({ key, claims, header }))).status).toBe(401);
  });

  test("cannot sign for the issuer with our secret, nor for us with the issuer's key", async () => {
    const theirs = { ...good, iss: "https://id.example.org", aud: "parley.example.org", sub: "7" };
    expect((await shown(forge({ claims: theirs }))).status).toBe(401);
    const signed = `${part({ alg: "RS256", kid: "one" })}.${part(good)}`;
    const key = await crypto.subtle.importKey(
      ...([
        "pkcs8",
        privateKey.export({ type: "pkcs8", format: "der" }),
        { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
        false,
        ["sign"],
      ] as const),
    );
    const signature = Buffer.from(await crypto.subtle.sign("RSASSA-PKCS1-v1_5", key, Buffer.from(signed))).toString(
      "base64url",
    );
    expect((await shown(`${signed}.${signature}`)).status).toBe(401);
  });
});

describe("whoever brings a key along", () => {
  test("is not asked for it: nothing of the header is fetched, read or believed", async () => {
    const { publicKey: own } = await generateKeyPair("RS256", { extractable: true });
    const jwk = await exportJWK(own);
    const url = `${issuer.url.href}mine.json`;
    const before = asked;
    for (const header of [
      { alg: "RS256", jwk },
      { alg: "HS256", jwk: { kty: "oct", k: part("x") } },
      { alg: "HS256", jku: url },
      { alg: "HS256", x5u: url },
      { alg: "HS256", x5c: ["MIIB"] },
      { alg: "HS256", kid: "../../../../dev/null" },
      { alg: "HS256", kid: "' OR 1=1 --" },
      { alg: "HS256", kid: "/proc/self/environ" },
    ])
      for (const key of ["x", Buffer.alloc(32), Buffer.alloc(1)])
        expect((await shown(forge({ header, key }))).status).toBe(401);
    expect(asked).toBe(before);
    // With the right secret such words mean nothing, and do no harm.
    expect((await shown(forge({ header: { alg: "HS256", kid: "../x", jku: url, x5u: url } }))).status).toBe(200);
    expect(asked).toBe(before);
  });

  test.each([
    [{ alg: "HS256", crit: ["exp"] }],
    [{ alg: "HS256", crit: ["b64"], b64: false }],
    [{ alg: "HS256", crit: [] }],
    [{ alg: "HS256", crit: "x", x: 1 }],
  ])("is refused what we do not understand and must: %j", async (header) => {
    expect((await shown(forge({ header }))).status).toBe(401);
  });
});

describe("a token whose claims are not right", () => {
  const named = { user_id: "mira" };
  test.each([
    ["no end", named],
    ["an end that is a text", { ...named, exp: String(now + 600) }],
    ["an end that is a date", { ...named, exp: new Date((now + 600) * 1000).toISOString() }],
    ["an end that is null", { ...named, exp: null }],
    ["an end that is a list", { ...named, exp: [now + 600] }],
    ["an end that was", { ...named, exp: now - 61 }],
    ["an end long ago", { ...named, exp: -1 }],
    ["an end in milliseconds", { ...named, exp: (now + 600) * 1000 }],
    ["an end that never comes", { ...named, exp: 9e15 }],
    ["an end two hours off", { ...named, exp: now + 7_200 }],
    ["a beginning that is to come", { ...good, nbf: now + 600 }],
    ["a beginning that is a text", { ...good, nbf: "0" }],
    ["another issuer", { ...good, iss: "https://evil.example" }],
    ["an issuer that is a list", { ...good, iss: ["parley"] }],
    ["another audience", { ...good, aud: "somebody else" }],
    ["other audiences", { ...good, aud: ["one", "two"] }],
    ["no audience at all", { ...good, aud: [] }],
    ["nobody in it", { exp: now + 600 }],
    ["a number for a name", { user_id: 7, exp: now + 600 }],
    ["a list for a name", { user_id: ["mira"], exp: now + 600 }],
    ["an object for a name", { user_id: { toString: "mira" }, exp: now + 600 }],
    ["true for a name", { user_id: true, sub: false, exp: now + 600 }],
  ])("is refused: %s", async (_, claims) => {
    expect((await shown(forge({ claims }))).status).toBe(401);
  });

  test.each([["JOSE"], ["logout+jwt"], ["dpop+jwt"], ["secevent+jwt"], [7]])(
    "is refused for another type: %j",
    async (typ) => {
      expect((await shown(forge({ header: { alg: "HS256", typ } }))).status).toBe(401);
    },
  );

  test.each([
    "[]",
    "null",
    "7",
    '"mira"',
    "{",
    "",
    '{"exp":1e999,"user_id":"mira"}',
    '{"__proto__":{"user_id":"mira"},"exp":9}',
  ])("is refused for a payload that is %s", async (claims) => {
    expect((await shown(forge({ claims }))).status).toBe(401);
  });

  test("says one thing only: of a claim that is there twice, the last is judged and obeyed", async () => {
    const twice = (first: string, last: string) =>
      `{"user_id":"${first}","user_id":"${last}","exp":1,"exp":${now + 600}}`;
    expect(await shown(forge({ claims: twice("admin", "mira") }))).toEqual({ status: 200, name: "mira" });
    expect((await shown(forge({ claims: `{"user_id":"mira","exp":${now + 600},"exp":1}` }))).status).toBe(401);
    const issuers = `{"iss":"https://id.example.org","iss":"parley","user_id":"mira","exp":${now + 600}}`;
    expect((await shown(forge({ claims: issuers }))).status).toBe(200);
  });
});

describe("a token that was tampered with", () => {
  test("is refused, whichever letter was changed, cut off or put on", async () => {
    const token = forge();
    const [header = "", payload = "", signature = ""] = token.split(".");
    const admin = part({ ...good, user_id: "admin", role: "admin" });
    for (const wrong of [
      `${header}.${admin}.${signature}`,
      `${header}.${payload}.`,
      `${header}.${payload}`,
      `${header}..${signature}`,
      `.${payload}.${signature}`,
      "..",
      `${token}.`,
      `${token}.x`,
      `${token}A`,
      token.slice(0, -1),
      token.slice(1),
      `${header}.${payload}=.${signature}`,
      token.toLowerCase(),
    ])
      expect([wrong, (await shown(wrong)).status]).toEqual([wrong, 401]);
    for (let at = 0; at < token.length; at += 7) {
      const other = token[at] === "A" ? "B" : "A";
      const changed = token.slice(0, at) + other + token.slice(at + 1);
      const { status, name } = await shown(changed);
      // The last letter of a part holds bits that mean nothing; everything else must not pass.
      expect(
        status === 401 ||
          (name === "mira" &&
            Buffer.from(changed.split(".")[2] ?? "", "base64url").equals(Buffer.from(signature, "base64url"))),
      ).toBe(true);
    }
  });

  test("or is a megabyte long is refused, and nobody else notices", async () => {
    const long = `${part({ alg: "HS256", filling: "x".repeat(700_000) })}.${part(good)}.x`;
    const answer = await fetch(`${server.http}/api/v1/me`, { headers: { authorization: `Bearer ${long}` } }).catch(
      () => undefined,
    );
    if (answer) expect(answer.status).toBeWithin(400, 500);
    const client = await Client.open(`${server.ws}/ws`);
    client.send({ type: "auth", data: { token: long } });
    expect((await client.next("error")).data.code).toBe("MESSAGE_TOO_LARGE");
    client.send({ type: "auth", data: { token: forge({ claims: { ...good, filling: "x".repeat(7_000) } }) } });
    expect((await client.next("error")).data.code).toBe("INVALID_MESSAGE");
    client.send({ type: "auth", data: { token: forge() } });
    expect((await client.next("auth_response")).data.userId).toBe("mira");
    await client.close();
  });
});

test("a server is not started with a secret that could be found out", () => {
  for (const short of ["secret", "x".repeat(31)]) {
    expect(() => createConfig({ OPENCODE_SECRET_KEY: short })).toThrow("OPENCODE_SECRET_KEY has");
    expect(() => createConfig({ OPENCODE_SECRET_KEY: short })).not.toThrow(short);
  }
  createConfig({ OPENCODE_SECRET_KEY: "x".repeat(32) });
});
