import type { Chance } from "./round.ts";

/** What one system call did to a file, or sent to somebody. */
type Step =
  | { readonly call: "write"; readonly path: string; readonly bytes: Buffer; readonly at: number }
  | { readonly call: "truncate"; readonly path: string; readonly length: number }
  | { readonly call: "sync" | "unlink"; readonly path: string }
  | { readonly call: "send"; readonly bytes: Buffer };

/** Runs a program whose writes, fsyncs and sends stand in `log` afterwards, in their order. The program itself stays our child. */
export function tracing(log: string): string[] {
  const calls = "pwrite64,fsync,fdatasync,ftruncate,unlink,sendto,write";
  return ["strace", "-D", "-y", "-xx", "-s", "300000", "-o", log, "-e", `trace=${calls}`];
}

/** The steps of a log, in order. Only the first thread is in it: SQLite and the sockets both live there. */
export function* stepsOf(log: string): Iterable<Step> {
  for (const line of log.split("\n")) {
    const match = /^(\w+)\((?:\d+<([^>]*)>|"([^"]*)")(?:, (.*))?\)\s+= (-?\d+)/.exec(line);
    if (!match || Number(match[5]) < 0) continue;
    const [, call, opened, named, rest = ""] = match;
    const path = unhex(opened ?? named ?? "").toString();
    const bytes = unhex(/^"([^"]*)"/.exec(rest)?.[1] ?? "");
    if (call === "pwrite64") yield { call: "write", path, bytes, at: Number(/, (\d+)$/.exec(rest)?.[1]) };
    else if (call === "ftruncate") yield { call: "truncate", path, length: Number(rest) };
    else if (call === "fsync" || call === "fdatasync") yield { call: "sync", path };
    else if (call === "unlink") yield { call: "unlink", path };
    else yield { call: "send", bytes };
  }
}

function unhex(text: string): Buffer {
  return Buffer.from(text.replaceAll("\\x", ""), "hex");
}

/** A disk that forgets what no fsync has covered. */
export class Disk {
  private readonly safe = new Map<string, Buffer>();
  private readonly unsafe = new Map<string, Step[]>();

  take(step: Step): void {
    if (step.call === "send") return;
    if (step.call === "unlink") {
      this.safe.delete(step.path);
      this.unsafe.delete(step.path);
    } else if (step.call === "sync") {
      this.safe.set(step.path, applied(this.safe.get(step.path), this.unsafe.get(step.path) ?? []));
      this.unsafe.delete(step.path);
    } else {
      const waiting = this.unsafe.get(step.path) ?? [];
      waiting.push(step);
      this.unsafe.set(step.path, waiting);
    }
  }

  /** What is left of a file after a power cut, of whose unsafe writes each survives or not. */
  left(path: string, survives: (chance: Chance) => boolean, chance: Chance): Buffer {
    const lucky = (this.unsafe.get(path) ?? []).filter(() => survives(chance));
    return applied(this.safe.get(path), lucky);
  }
}

function applied(content: Buffer | undefined, steps: readonly Step[]): Buffer {
  let bytes = Buffer.from(content ?? Buffer.alloc(0));
  for (const step of steps) {
    if (step.call === "write") {
      const end = step.at + step.bytes.length;
      if (end > bytes.length) bytes = Buffer.concat([bytes, Buffer.alloc(end - bytes.length)]);
      step.bytes.copy(bytes, step.at);
    } else if (step.call === "truncate") {
      const longer = Math.max(0, step.length - bytes.length);
      bytes = Buffer.concat([bytes.subarray(0, step.length), Buffer.alloc(longer)]);
    }
  }
  return bytes;
}
