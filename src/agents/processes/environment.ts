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
  return { ...usual, ...given, ...environment, HOME: home, [markerVariable]: marker };
}

/** The values in it that must not be seen in what the program says: keys that it was given. */
export function secretsOf({ passes, environment }: Pick<Program, "passes" | "environment">, own: Source): string[] {
  const values = [...passes.map((name) => own[name]), ...Object.values(environment)];
  // Shorter ones are words such as "true" and would tear holes into every sentence.
  return values.filter((value): value is string => value !== undefined && value.length >= 8);
}
