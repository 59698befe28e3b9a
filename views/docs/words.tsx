import type { Child } from "hono/jsx";

/** A sentence, in which what stands between backquotes is code. */
export function Words({ children }: { children: string }) {
  return <>{children.split("`").map((piece, index) => (index % 2 === 1 ? <code>{piece}</code> : piece))}</>;
}

interface ShapeProps {
  /** TypeScript. */
  text: string;
  /** Names of shapes that stand on this page. */
  known: ReadonlySet<string>;
}

/** A shape, in which the names of other shapes lead to them. */
export function Shape({ text, known }: ShapeProps) {
  const pieces = text.split(/\b([A-Z]\w+)\b/);
  const linked = pieces.map((piece): Child => (known.has(piece) ? <a href={`#${piece}`}>{piece}</a> : piece));
  return (
    <pre class="listing">
      <code>{linked}</code>
    </pre>
  );
}

interface CommandProps {
  id: string;
  label: string;
  children: string;
}

/** Something to copy: a command, or a program. The button is there once `copy.js` is. */
export function Command({ id, label, children }: CommandProps) {
  return (
    <div class="command">
      <pre id={id} class="listing">
        <code>{children}</code>
      </pre>
      <button type="button" class="button small" data-copy={id} aria-label={`Copy ${label}`} hidden={true}>
        Copy
      </button>
    </div>
  );
}

/** Where `copy.js` says that something was copied, for those who do not see the button. */
export function CopiedHere() {
  return <span class="sr" role="status" data-copied="" />;
}
