/** What a text would do if it ran. The number tells which text it was, wherever that shows. */
export interface Act {
  readonly n: number;
  /** A script without quotes, spaces, angle brackets or ampersands, so that it stands in every place a script can. */
  readonly js: string;
  /** An address on another origin, without its scheme. */
  readonly away: string;
}

/** A way to make words run. */
export type Trick = (act: Act) => string;

const scripts: readonly ((n: number) => string)[] = [
  (n) => `window.__xss=${n}`,
  (n) => `alert(${n})`,
  (n) => `self.__xss=${n}`,
  (n) => `__xss=${n}`,
  (n) => `confirm(${n})`,
  (n) => `top.__xss=${n}`,
  (n) => `globalThis.__xss=${n}`,
  (n) => `[${n}].find(alert)`,
  (n) => `Reflect.set(self,/__xss/.source,${n})`,
  (n) => `prompt(${n})`,
  (n) => `parent.__xss=${n}`,
];

export function actOf(n: number): Act {
  return { n, js: scripts[n % scripts.length]?.(n) ?? "", away: `//evil.test/${n}` };
}

/** Both, one after the other: the second gets what the first made. */
export function inside(outer: (text: string) => string, tricks: readonly Trick[]): Trick[] {
  return tricks.map((trick) => (act) => outer(trick(act)));
}

/** `count` of a list, beginning somewhere else each time: so that a table of all pairs need not be put in whole. */
export function some<T>(list: readonly T[], count: number, turn: number): T[] {
  return Array.from({ length: count }, (_, index) => list[(turn * count + index) % list.length] as T);
}
