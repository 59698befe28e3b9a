import { readFileSync, writeFileSync } from "node:fs";
import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify, SignJWT } from "jose";
import type { Clock } from "../clock.ts";
import { type Config, ConfigurationError } from "../config.ts";
import { Refusal } from "../errors.ts";

/** What a JWT says once it is known to be genuine. */
export type Claims = JWTPayload & Record<string, unknown>;

/** The names we put into our own tokens, so that none made for something else is ever taken for one. */
const issuer = "parley";
const audience = "parley";

/** Clocks of two machines may differ by this much, seconds. */
const tolerance = 60;

export interface Tokens {
  /** @param seconds of life */
  sign(claims: Claims, seconds: number): Promise<string>;
  /** What a token says, if it is one of ours or of the configured outside issuer. @throws Refusal AUTH_FAILED, or SERVICE_UNAVAILABLE when the issuer cannot be asked */
  verify(token: string): Promise<{ claims: Claims; outside: boolean }>;
}

/** Whether something has the shape of a JWT: three parts. Keys and sessions have none. */
export function looksLikeJwt(token: string): boolean {
  return token.split(".").length === 3;
}

/**
 * JWTs, hardened as RFC 8725 says: one algorithm, chosen here and never by the token; `exp` required, a number, and not further off
 * than a set time; `iss` and `aud` must be ours where they are given; no critical header is understood; keys of at least 32 bytes.
 */
export function createTokens(config: Config, secret: () => Uint8Array, clock: Clock): Tokens {
  const { outsideIssuer } = config;
  const outsideKeys = outsideIssuer ? createRemoteJWKSet(outsideIssuer.keys) : undefined;

  async function ours(token: string): Promise<Claims> {
    const { payload, protectedHeader } = await jwtVerify(token, secret(), {
      algorithms: ["HS256"],
      requiredClaims: ["exp"],
      clockTolerance: tolerance,
      currentDate: new Date(clock.now()),
    });
    if (!["JWT", "AT+JWT"].includes(String(protectedHeader.typ ?? "JWT").toUpperCase()))
      throw new Refusal("AUTH_FAILED");
    if (payload.iss !== undefined && payload.iss !== issuer)
      throw new Refusal("AUTH_FAILED", "That token is not ours.");
    const audiences = [payload.aud ?? audience].flat();
    if (!audiences.includes(audience)) throw new Refusal("AUTH_FAILED", "That token is meant for somebody else.");
    return payload;
  }

  async function theirs(token: string): Promise<Claims> {
    if (!outsideIssuer || !outsideKeys) throw new Refusal("AUTH_FAILED");
    const { payload } = await jwtVerify(token, outsideKeys, {
      algorithms: [outsideIssuer.algorithm],
      issuer: outsideIssuer.name,
      audience: outsideIssuer.audience,
      requiredClaims: ["exp", "sub"],
      clockTolerance: tolerance,
      currentDate: new Date(clock.now()),
    });
    // Whoever is known by it must be the same person each time: a number or an object is not what an issuer calls somebody.
    if (typeof payload.sub !== "string" || payload.sub === "" || payload.sub.length > 255)
      throw new Refusal("AUTH_FAILED", 'The "sub" of that token is no name of somebody.');
    return payload;
  }

  return {
    sign: (claims, seconds) => {
      const now = Math.floor(clock.now() / 1000);
      return new SignJWT({ ...claims })
        .setProtectedHeader({ alg: "HS256", typ: "JWT" })
        .setIssuer(issuer)
        .setAudience(audience)
        .setIssuedAt(now)
        .setExpirationTime(now + seconds)
        .setJti(crypto.randomUUID())
        .sign(secret());
    },
    async verify(token) {
      try {
        // Whose it says it is only decides which key it is held against, never which algorithm.
        const outside = outsideIssuer !== null && issuerOf(token) === outsideIssuer.name;
        const claims = outside ? await theirs(token) : await ours(token);
        const seconds = Number(claims.exp) - clock.now() / 1000;
        // The tolerance is for clocks that lag behind ours, not for tokens that are over.
        if (seconds <= 0) throw new Refusal("AUTH_FAILED", "That token has expired.");
        if (seconds > config.jwtMaxMinutes * 60 + tolerance)
          throw new Refusal(
            "AUTH_FAILED",
            `That token lives longer than ${config.jwtMaxMinutes} minutes (PARLEY_JWT_MAX_MINUTES).`,
          );
        return { claims, outside };
      } catch (error) {
        if (error instanceof Refusal) throw error;
        if (error instanceof errors.JWTExpired) throw new Refusal("AUTH_FAILED", "That token has expired.");
        // What is no error of the token is one of fetching the issuer's keys.
        if (!(error instanceof errors.JOSEError) || error instanceof errors.JWKSTimeout)
          throw new Refusal(
            "SERVICE_UNAVAILABLE",
            "The identity service cannot be asked right now: try again shortly.",
          );
        throw new Refusal("AUTH_FAILED", "That token is not accepted.");
      }
    },
  };
}

function issuerOf(token: string): unknown {
  try {
    const payload = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as { iss?: unknown };
    return payload?.iss;
  } catch {
    return undefined;
  }
}

/**
 * The key that signs our tokens: the one that is set, else one made at the first start and kept in a file of its own beside the
 * database. Not in the database: whoever reads a backup of that must not be able to sign.
 * @throws ConfigurationError when the file is there and is not such a key
 */
export function signingKey({ secretKey, databasePath }: Pick<Config, "secretKey" | "databasePath">): Uint8Array {
  if (secretKey !== null) return new TextEncoder().encode(secretKey);
  if (databasePath === ":memory:") return crypto.getRandomValues(new Uint8Array(32));
  const path = `${databasePath}.key`;
  try {
    const key = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64url");
    writeFileSync(path, `${key}\n`, { flag: "wx", mode: 0o600 });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST"))
      throw new ConfigurationError([
        `the signing key cannot be written to ${path}: set OPENCODE_SECRET_KEY, or mend the folder`,
      ]);
  }
  const key = Buffer.from(readFileSync(path, "utf8").trim(), "base64url");
  if (key.length < 32)
    throw new ConfigurationError([
      `${path} is not a signing key: delete it (every token ends), or set OPENCODE_SECRET_KEY`,
    ]);
  return key;
}
