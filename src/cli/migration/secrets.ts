type Settings = Readonly<Record<string, string | undefined>>;

/** Whether what stands behind a name is nobody's to read. */
export function isSecret(name: string): boolean {
  return /TOKEN|KEY|SECRET|PASS(WORD|WD)?(_|$)|CREDENTIAL|WEBHOOK/i.test(name);
}

/** Shorter ones would be found in ordinary words, and protect nothing. */
const leastLength = 6;

/**
 * Takes everything out of a text that settings keep secret: for what is shown and what is kept.
 * @param texts of settings files, whatever else is wrong with them; what was commented out counts as well
 */
export function createScrub(env: Settings, ...texts: readonly string[]): (text: string) => string {
  const ours = Object.entries(env).filter(([name]) => /^(OPENCODE|TELEGRAM|PARLEY)_/.test(name));
  const written = texts.flatMap((text) =>
    [...text.matchAll(/^[\s#]*(?:export\s+)?([A-Za-z_]\w*)\s*=[^\S\n]*(?:"([^"\n]*)"|'([^'\n]*)'|(\S*))/gm)].map(
      ([, name = "", ...values]) => [name, values.find(Boolean)] as const,
    ),
  );
  const secrets = [...ours, ...written]
    .flatMap(([name, value = ""]) => (isSecret(name) && value.trim().length >= leastLength ? [value.trim()] : []))
    // A longer one may hold a shorter one.
    .sort((one, other) => other.length - one.length);
  return (text) =>
    secrets
      .reduce(
        (left, secret) => left.replaceAll(secret, "<secret>").replaceAll(encodeURIComponent(secret), "<secret>"),
        text,
      )
      .replace(/(\w:\/\/)[^/@\s]+@/g, "$1<secret>@");
}
