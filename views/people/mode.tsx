export interface ModeProps {
  development: boolean;
  guests: boolean;
  safeMode: boolean;
}

/** What each way of running means; the log of the server says the same. */
const ways = [
  ["development", "Development mode", "Anybody on this machine enters under any name and role, without a password."],
  ["guests", "Guests may enter", "Whoever finds this page may enter under a free name, to read and to write."],
  ["safeMode", "Safe mode", "Every agent is off."],
] as const;

/**
 * Says how this workspace runs where that decides whom one may believe. Nothing where it runs as usual.
 * @param open whether what it means stands there at once, and not only when one asks
 */
export function Mode({ open = false, ...mode }: ModeProps & { open?: boolean }) {
  const these = ways.filter(([way]) => mode[way]);
  if (these.length === 0) return null;
  return (
    <ul class="mode" aria-label="How this workspace runs">
      {these.map(([, name, meaning]) => (
        <li>
          <details open={open || undefined}>
            <summary>{name}</summary>
            <p>{meaning}</p>
          </details>
        </li>
      ))}
    </ul>
  );
}
