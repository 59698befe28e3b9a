import { appendFileSync, writeFileSync } from "node:fs";
import { CommandError } from "../operator.ts";
import { bringToDisk } from "./files.ts";

interface Entry {
  readonly at: string;
  readonly step: string;
  readonly status: "START" | "OK" | "FAILED";
  readonly details?: string;
}

/** What is done, one thing after the other: shown to who runs it, and kept line by line, so that the log tells of a run that was killed. */
export interface Steps {
  /**
   * Does one thing. Its sentence is kept as what came of it.
   * @param isWayBack also after somebody stopped it
   * @throws what it throws, after noting that
   */
  step(name: string, act: () => Promise<string> | string, isWayBack?: boolean): Promise<void>;
  /** Keeps the log in a file from now on, with what was done so far. */
  keepIn(path: string): void;
}

interface Parts {
  /** A line for whoever runs it. */
  print(line: string): void;
  scrub(text: string): string;
  json: boolean;
  /** Told between two steps that it is to end. */
  signal: AbortSignal;
}

const stopped = "it was stopped";

/** Lets a signal in: steps that wait for nothing would keep it out. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

export function createSteps({ print, scrub, json, signal }: Parts): Steps {
  let before: string[] = [];
  let file: string | null = null;

  function note(step: string, status: Entry["status"], details?: string): void {
    const entry: Entry = {
      at: new Date().toISOString(),
      step,
      status,
      ...(details !== undefined && { details: scrub(details) }),
    };
    const line = JSON.stringify(entry);
    if (json) print(line);
    else if (status !== "START")
      print(`${status === "OK" ? "ok  " : "BAD "} ${step}: ${entry.details ?? ""}`.trimEnd());
    if (file === null) before.push(line);
    else {
      appendFileSync(file, `${line}\n`);
      bringToDisk(file);
    }
  }

  return {
    async step(name, act, isWayBack = false) {
      await turn();
      if (signal.aborted && !isWayBack) throw new CommandError(stopped);
      note(name, "START");
      let done: string;
      try {
        done = await act();
        await turn();
        if (signal.aborted && !isWayBack) throw new CommandError(stopped);
      } catch (error) {
        note(name, "FAILED", error instanceof Error ? error.message : String(error));
        throw error;
      }
      note(name, "OK", done);
    },
    keepIn(path) {
      writeFileSync(path, before.map((line) => `${line}\n`).join(""), { mode: 0o600, flag: "a" });
      before = [];
      file = path;
    },
  };
}
