interface MomentProps {
  /** Ms since the epoch. */
  at: number;
  /** "ago" counts from then, "until" says in how long something ends, "date" is a day, "exact" a day with its time to the second. */
  format: "ago" | "until" | "date" | "exact";
}

/** A moment. `public/clock.js` says it in the reader's zone and language; without it the day stands there in UTC. */
export function Moment({ at, format }: MomentProps) {
  const iso = new Date(at).toISOString();
  const day = iso.slice(0, 10);
  const plain = { ago: day, until: `ends ${day}`, date: day, exact: `${iso.slice(0, 19).replace("T", " ")} UTC` };
  return (
    <time datetime={iso} data-format={format}>
      {plain[format]}
    </time>
  );
}
