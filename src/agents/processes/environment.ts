import type { Source } from "../../environment.ts";
import type { Program } from "../programs.ts";
import { markerVariable } from "./marker.ts";

/** What every program is given of Parley's own environment. All else holds keys that are none of its business. */
const everyone = ["PATH", "LANG", "TERM", "TZ"];

/** The whole environment of a program: a list of what is in it, not of what is left out. */
export function environmentOf(
  { passes, environment }: Pick<Program, "passes" | "environment">,
  own: Source,
  { home, marker }: { home: string; marker: string },
): Record<string, string> {
  const given = Object.fromEntries(
    [...everyone, ...passes].flatMap((name) => {
      const value = own[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
  const usual = { PATH: "/usr/local/bin:/usr/bin:/bin", LANG: "C.UTF-8", TERM: "dumb" };
  const all = { ...usual, ...given, ...environment };
  return { ...all, PATH: absolute(all.PATH), HOME: home, [markerVariable]: marker };
}

/** A path that is looked for from where a program stands would find what somebody put into its project. */
function absolute(path: string): string {
  return path
    .split(":")
    .filter((folder) => folder.startsWith("/"))
    .join(":");
}

/** Where a program is on this machine; null where it is not. By its whole path or by its name, never from where somebody stands. */
export function executableOf(name: string | undefined, path: string | undefined): string | null {
  if (!name || (name.includes("/") && !name.startsWith("/"))) return null;
  return Bun.which(name, { PATH: path ?? "" });
}

/** The values in it that must not be seen in what the program says: keys that it was given. */
export function secretsOf({ passes, environment }: Pick<Program, "passes" | "environment">, own: Source): string[] {
  const values = [...passes.map((name) => own[name]), ...Object.values(environment)];
  // Shorter ones are words such as "true" and would tear holes into every sentence.
  return values.filter((value): value is string => value !== undefined && value.length >= 8);
}
