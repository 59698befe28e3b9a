/** Secrets that open doors: 256 random bits each, stored nowhere but as their SHA-256. */

/** A new secret, URL-safe. @param prefix what people and secret scanners recognise it by */
export function newSecret(prefix = ""): string {
  return prefix + Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64url");
}

/**
 * What is stored of a secret. Looking it up by this is as good as a comparison in constant time: whoever can choose the
 * secret cannot choose its hash. Slow hashing is for what people can remember; 256 bits cannot be guessed.
 */
export function hashOf(secret: string): string {
  return Bun.CryptoHasher.hash("sha256", secret, "hex");
}
