import { plain } from "./plain-text.ts";

/** What a program said last on its standard error: a ring, so that one which chatters all day costs no more than one which does not. */
export class Complaint {
  private kept = Buffer.alloc(0);
  private isCut = false;
  private readonly size: number;

  constructor(size: number) {
    this.size = size;
  }

  add(chunk: Uint8Array): void {
    const all = Buffer.concat([this.kept, chunk]);
    this.isCut ||= all.length > this.size;
    this.kept = this.isCut ? Buffer.from(all.subarray(-this.size)) : all;
  }

  /** Its last lines as people may see them: without control sequences, and without the keys that it was given. */
  lines(count: number, secrets: readonly string[]): string {
    const text = withoutSecrets(plain(this.kept.toString("utf8")), secrets);
    // Of a line whose beginning is lost a piece of a key may be left, which nobody would recognise.
    const whole = this.isCut ? text.slice(text.indexOf("\n") + 1) : text;
    return whole.trim().split("\n").slice(-count).join("\n");
  }
}

/** Words that look like a key, whoever gave it. */
const keyLike = /\b(?:sk|pk|ply|plr|ghp|gho|xox[abp])[-_][\w-]{12,}|\bBearer\s+[\w.~+/=-]{8,}/gi;

/** Keys become dots: what fails is shown in a room, and logs are kept. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((rest, secret) => rest.replaceAll(secret, "…"), text).replace(keyLike, "…");
}
