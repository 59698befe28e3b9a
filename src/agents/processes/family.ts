import { readdirSync, readFileSync } from "node:fs";

/** A process as the system counts it; its id may be given away again, together with when it began it is nobody else's. */
export interface Relative {
  readonly pid: number;
  readonly began: string;
}

/**
 * Everything that descends from a process or stands in its session, itself first. The mark is what finds them for certain; this finds
 * those that wiped their environment as long as their parents live.
 */
export function familyOf(pid: number): readonly Relative[] {
  const all = table();
  const found = new Map<number, Relative>();
  for (let grew = true; grew; ) {
    grew = false;
    for (const row of all) {
      if (found.has(row.pid)) continue;
      if (row.pid !== pid && row.session !== pid && !found.has(row.parent)) continue;
      found.set(row.pid, row);
      grew = true;
    }
  }
  return [...found.values()];
}

/** Whether that very process still runs; one that ended and waits to be noticed does not. */
export function isAlive({ pid, began }: Relative): boolean {
  const row = rowOf(pid);
  return row !== undefined && row.began === began && row.state !== "Z" && row.state !== "X";
}

interface Row extends Relative {
  readonly state: string;
  readonly parent: number;
  readonly session: number;
}

function table(): readonly Row[] {
  try {
    return readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? (rowOf(Number(name)) ?? []) : []));
  } catch {
    // A system without /proc: the process group is all there is.
    return [];
  }
}

/** A process's name may hold anything, brackets and spaces too: what is counted stands behind the last bracket. */
function rowOf(pid: number): Row | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const [state = "", parent, , session] = fields;
    return { pid, state, parent: Number(parent), session: Number(session), began: fields[19] ?? "" };
  } catch {
    return undefined;
  }
}
