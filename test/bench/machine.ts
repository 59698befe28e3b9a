import { readFileSync } from "node:fs";

/** What the kernel says about processes and about the machine. */

/** Resident memory of a process, KiB. */
export function residentKiB(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? Number.NaN);
}

/** Processor time a process has used so far, seconds. */
export function processorSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name in brackets may hold spaces. Behind it, utime and stime are the 12th and 13th fields, in hundredths.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

export function loadAverage(): string {
  return readFileSync("/proc/loadavg", "utf8").split(" ")[0] ?? "?";
}

/** Waits until others leave most of the machine alone, or for as long as `patienceMs`. */
export async function waitForQuiet(patienceMs: number): Promise<void> {
  const quietPercent = 35;
  const end = performance.now() + patienceMs;
  let before = busySeconds();
  let at = performance.now();
  while (performance.now() < end) {
    await Bun.sleep(300);
    const now = performance.now();
    const busy = busySeconds();
    if (((busy - before) / ((now - at) / 1000)) * 100 < quietPercent) return;
    before = busy;
    at = now;
  }
}

/** Processor time everybody has used so far, seconds: user, nice, system, irq, softirq. */
function busySeconds(): number {
  const fields = readFileSync("/proc/stat", "utf8").split("\n", 1)[0]?.split(/\s+/).slice(1).map(Number) ?? [];
  return [0, 1, 2, 5, 6].reduce((sum, field) => sum + (fields[field] ?? 0), 0) / 100;
}
