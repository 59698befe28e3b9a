export interface ModeProps {
  development: boolean;
  guests: boolean;
  safeMode: boolean;
}

/** Says how this workspace runs where that decides whom one may believe. Nothing where it runs as usual. */
export function Mode({ development, guests, safeMode }: ModeProps) {
  if (!development && !guests && !safeMode) return null;
  return (
    <ul class="mode" aria-label="How this workspace runs">
      {development && (
        <li title="Anybody on this machine enters under any name and role, without a password.">Development mode</li>
      )}
      {guests && (
        <li title="Whoever finds this page may enter under a free name, to read and to write.">Guests may enter</li>
      )}
      {safeMode && <li title="Agents run no commands and change no files here.">Safe mode</li>}
    </ul>
  );
}
