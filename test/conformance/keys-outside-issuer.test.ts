import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { exportJWK, generateKeyPair, importJWK, SignJWT } from "jose";
import { Client } from "../support/client.ts";
import { signIn, startServer, type TestServer } from "../support/server.ts";

const issuer = "https://id.example.org";
const audience = "parley.example.org";

type KeyPair = Awaited<ReturnType<typeof generateKeyPair>>;

/** An identity service that publishes one key, and a server that believes it. */
async function trusting(alg: "RS256" | "ES256", saysAlgorithm = true) {
  const pair = await generateKeyPair(alg, { extractable: true });
  const jwk = { ...(await exportJWK(pair.publicKey)), kid: "one", use: "sig", ...(saysAlgorithm && { alg }) };
  const service = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => Response.json({ keys: [jwk] }) });
  const env = {
    OPENCODE_SAFE_MODE: "true",
    PARLEY_JWT_ISSUER: issuer,
    PARLEY_JWT_AUDIENCE: audience,
    PARLEY_JWT_JWKS_URL: `${service.url.href}jwks.json`,
    PARLEY_JWT_ALGORITHM: alg,
  };
  return { pair, service, server: await startServer({ env, limits: { addressAttempts: 10_000 } }) };
}

interface Made {
  readonly claims?: Record<string, unknown>;
  readonly iss?: string;
  readonly aud?: string;
  readonly kid?: string;
  readonly seconds?: number;
}

function made(
  pair: KeyPair,
  alg: string,
  { claims = {}, iss = issuer, aud = audience, kid = "one", seconds = 600 }: Made = {},
) {
  return new SignJWT({ sub: "7", preferred_username: "nadia", ...claims })
    .setProtectedHeader({ alg, kid })
    .setIssuer(iss)
    .setAudience(aud)
    .setExpirationTime(Math.floor(Date.now() / 1000) + seconds)
    .sign(pair.privateKey);
}

async function me(server: TestServer, token: string) {
  const answer = await fetch(`${server.http}/api/v1/me`, { headers: { authorization: `Bearer ${token}` } });
  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape are looked into
  return { status: answer.status, body: (await answer.json()) as any };
}

describe.each(["RS256", "ES256"] as const)("an outside issuer that signs with %s", (alg) => {
  let given: Awaited<ReturnType<typeof trusting>>;
  let id: number;
  beforeAll(async () => {
    given = await trusting(alg);
  });
  afterAll(async () => {
    await given.server.stop();
    await given.service.stop(true);
  });
  const sign = (more: Made = {}) => made(given.pair, alg, more);

  test("brings its people in, each one member however often they come, with the role that is set", async () => {
    const first = await me(given.server, await sign());
    expect(first).toMatchObject({ status: 200, body: { name: "nadia", role: "developer", by: "token" } });
    id = first.body.id;
    const renamed = await me(given.server, await sign({ claims: { preferred_username: "nadia k" } }));
    expect(renamed.body).toMatchObject({ id, name: "nadia" });
    const client = await Client.open(`${given.server.ws}/ws`);
    client.send({ type: "auth", data: { token: await sign() } });
    expect((await client.next("auth_response")).data).toMatchObject({ success: true, userId: "nadia" });
    await client.close();
    const atUpgrade = await Client.open(`${given.server.ws}/ws`, { authorization: `Bearer ${await sign()}` });
    atUpgrade.send({ type: "auth" });
    expect((await atUpgrade.next("auth_response")).data.userId).toBe("nadia");
    await atUpgrade.close();
  });

  test("brings somebody in once, who comes with several names at the same moment", async () => {
    const names = ["one", "two", "three"].map((name) => `kim ${name}`);
    const tokens = await Promise.all(names.map((name) => sign({ claims: { sub: "77", preferred_username: name } })));
    const all = await Promise.all(tokens.map((token) => me(given.server, token)));
    expect(all.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(new Set(all.map(({ body }) => body.id)).size).toBe(1);
  });

  test.each([5, 0, true, "", { a: 1 }, [["7"]], "x".repeat(256)])(
    "lets nobody in whose subject is no word: %j",
    async (sub) => {
      const { status, body } = await me(given.server, await sign({ claims: { sub, preferred_username: "zed" } }));
      expect([status, body.code]).toEqual([401, "AUTH_FAILED"]);
    },
  );

  test("says nothing about what somebody may do here", async () => {
    const claims = {
      sub: "8",
      preferred_username: "omar",
      role: "owner",
      operator: true,
      grant: 1,
      permissions: ["manage_owners"],
    };
    const { body } = await me(given.server, await sign({ claims }));
    expect(body).toMatchObject({ name: "omar", role: "developer", by: "token" });
    expect(body.permissions).not.toContain("manage_users");
  });

  test("takes nobody's name: mira, who is here already, is refused and not taken over", async () => {
    await signIn(given.server, "mira");
    const taken = await me(given.server, await sign({ claims: { sub: "9", preferred_username: "Mira" } }));
    expect(taken).toMatchObject({ status: 409, body: { code: "CONFLICT" } });
    const again = await me(given.server, await sign({ claims: { sub: "9", preferred_username: "mira the second" } }));
    expect(again.body).toMatchObject({ name: "mira the second" });
  });

  test("has no say over devices that were let in here", async () => {
    const post = async (path: string, fields: unknown) => {
      const headers = { "content-type": "application/json" };
      const answer = await fetch(`${given.server.http}/api/auth${path}`, {
        method: "POST",
        headers,
        body: JSON.stringify(fields),
      });
      return (await answer.json()) as Record<string, string>;
    };
    const { device_code, user_code } = await post("/device/authorize", { scope: "chat" });
    await post("/device/confirm", { user_code });
    const { access_token = "" } = await post("/device/token", { device_code });
    const payload = JSON.parse(Buffer.from(access_token.split(".")[1] ?? "", "base64url").toString());
    const forged = await sign({ claims: { grant: payload.grant } });
    expect(await post("/cli/validate", { access_token: forged })).toEqual({ valid: false } as never);
    await post("/cli/revoke", { token: forged });
    expect((await me(given.server, access_token)).status).toBe(200);
  });

  test.each([
    ["another issuer's", { iss: "https://evil.example.org" }],
    ["one meant for somebody else", { aud: "other.example.org" }],
    ["one of a key that is not published", { kid: "two" }],
    ["one that is over", { seconds: -61 }],
    ["one that lives for days", { seconds: 864_000 }],
    ["one that names no subject", { claims: { sub: undefined } }],
  ])("is not believed with %s", async (_, more) => {
    expect(await me(given.server, await sign(more))).toMatchObject({ status: 401, body: { code: "AUTH_FAILED" } });
  });

  test("is not believed with somebody else's key, nor with another algorithm of its own", async () => {
    const others = alg === "RS256" ? ["RS256", "ES256", "PS256", "RS512"] : ["ES256", "RS256", "ES384"];
    for (const other of others) {
      const pair = await generateKeyPair(other, { extractable: true });
      expect((await me(given.server, await made(pair, other))).status).toBe(401);
    }
  });
});

test("an issuer that cannot be reached lets nobody in, and those who are here stay", async () => {
  const { pair, service, server } = await trusting("ES256");
  await service.stop(true);
  try {
    expect((await me(server, await made(pair, "ES256"))).status).toBeOneOf([401, 503]);
    const client = await Client.camel(server.ws, "mira");
    await client.say("still here");
    await client.close();
  } finally {
    await server.stop();
  }
});

test("the algorithm is the one that is set, also of a key that does not say for which it is", async () => {
  const given = await trusting("RS256", false);
  try {
    expect((await me(given.server, await made(given.pair, "RS256"))).status).toBe(200);
    for (const other of ["PS256", "RS512", "RS384"]) {
      const key = await importJWK(await exportJWK(given.pair.privateKey), other);
      const token = await made({ ...given.pair, privateKey: key as CryptoKey }, other, { claims: { sub: other } });
      expect([other, (await me(given.server, token)).status]).toEqual([other, 401]);
    }
    const secret = new TextEncoder().encode(JSON.stringify(await exportJWK(given.pair.publicKey)));
    const confused = new SignJWT({ sub: "9", iss: issuer, aud: audience }).setProtectedHeader({
      alg: "HS256",
      kid: "one",
    });
    expect((await me(given.server, await confused.setExpirationTime("5m").sign(secret))).status).toBe(401);
  } finally {
    await given.server.stop();
    await given.service.stop(true);
  }
});
