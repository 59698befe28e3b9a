import type { Child } from "hono/jsx";

/** What was posted by a form that was refused, by field: given back so that nobody types it twice. Never a password. */
export type Typed = Readonly<Record<string, string | readonly string[]>>;

export function typedText(typed: Typed | undefined, name: string, otherwise = ""): string {
  const value = typed?.[name];
  return value === undefined ? otherwise : typeof value === "string" ? value : (value[0] ?? "");
}

export function typedList(typed: Typed | undefined, name: string): readonly string[] {
  const value = typed?.[name];
  return value === undefined ? [] : typeof value === "string" ? [value] : value;
}

/** The id of the only alert of a page: the field it is about points at it. */
const alertId = "error";

/** What was refused, and why: read out at once. */
export function Alert({ children }: { children?: Child }) {
  return (
    <p class="notice bad" role="alert" id={alertId}>
      {children}
    </p>
  );
}

/** What was done. */
export function Done({ children }: { children?: Child }) {
  return (
    <p class="notice good" role="status">
      {children}
    </p>
  );
}

interface FieldProps {
  /** Unique in the page. */
  id: string;
  name?: string;
  label: string;
  hint?: Child;
  value?: string;
  type?: "text" | "password" | "number" | "search" | "date";
  autocomplete?: string;
  /** Something one spells exactly: a name, a code. */
  exact?: boolean;
  required?: boolean;
  readonly?: boolean;
  autofocus?: boolean;
  /** The page's alert is about this field: it says so, and takes the focus. */
  refused?: boolean;
  /** The alert is about this field as well as about another. */
  invalid?: boolean;
  maxlength?: number;
  min?: number;
  max?: number;
  /** What it must look like, with a `title` that says so; the browser checks it. */
  pattern?: string;
  title?: string;
  /** The id of a list of suggestions. */
  list?: string;
  placeholder?: string;
  /** Of the input. */
  class?: string;
  /** Takes a whole line of its form. */
  full?: boolean;
}

/** One line to type in, with its label, its hint, and what was wrong with it. A page with a password needs `passwords.js` to show it. */
export function Field(props: FieldProps) {
  const { id, label, hint, refused, invalid = refused, exact, autofocus, full, autocomplete = "off", ...rest } = props;
  const described = [invalid && alertId, hint && `${id}-hint`].filter(Boolean).join(" ");
  return (
    <div class={full ? "field full" : "field"}>
      <label for={id}>{label}</label>
      <input
        {...rest}
        id={id}
        autocomplete={autocomplete}
        autocapitalize={exact ? "none" : undefined}
        spellcheck={exact ? false : undefined}
        autofocus={autofocus || refused || undefined}
        aria-invalid={invalid ? "true" : undefined}
        aria-describedby={described || undefined}
      />
      {rest.type === "password" && (
        <button type="button" class="reveal" data-show={id} aria-label={`Show: ${label}`} aria-pressed="false" hidden>
          Show
        </button>
      )}
      {hint && <small id={`${id}-hint`}>{hint}</small>}
    </div>
  );
}

interface ChoicesProps {
  name: string;
  legend: string;
  hint?: Child;
  choices: readonly { value: string; label: Child }[];
  chosen: readonly string[];
  /** The page's alert is about these. */
  refused?: boolean;
}

/** Several of a few things. */
export function Choices({ name, legend, hint, choices, chosen, refused = false }: ChoicesProps) {
  return (
    <fieldset
      class="choices"
      aria-invalid={refused ? "true" : undefined}
      aria-describedby={refused ? alertId : undefined}
    >
      <legend>{legend}</legend>
      {hint && <small>{hint}</small>}
      <div class="choice-list">
        {choices.map(({ value, label }, index) => (
          <label class="choice">
            <input
              type="checkbox"
              name={name}
              value={value}
              checked={chosen.includes(value) || undefined}
              autofocus={(refused && index === 0) || undefined}
            />
            <span>{label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

interface ConfirmProps {
  action: string;
  /** On the button, and first on the one that confirms. */
  verb: string;
  /** Whom or what it is about, for those who hear the button alone. */
  whom: string;
  /** What follows from it. */
  words: string;
  /** Takes something away. */
  danger?: boolean;
}

/** A button that asks first, also without a script. */
export function Confirm({ action, verb, whom, words, danger = true }: ConfirmProps) {
  return (
    <details class="confirm" name="confirm">
      <summary class={danger ? "button small danger" : "button small"} aria-label={`${verb} ${whom}`.trim()}>
        {verb}
      </summary>
      <form method="post" action={action}>
        <span>{words}</span>
        <button type="submit" class={danger ? "button danger solid" : "button primary"}>
          {verb}
        </button>
      </form>
    </details>
  );
}

interface ShownOnceProps {
  heading: Child;
  /** Names the field for those who do not see it. */
  label: string;
  secret: string;
  /** What it is for, and that it does not come back. */
  children?: Child;
}

/** A secret that its reader must take along now. Needs `copy.js`; without it one selects and copies. */
export function ShownOnce({ heading, label, secret, children }: ShownOnceProps) {
  return (
    <section class="once" aria-labelledby="once-heading" data-testid="shown-once">
      <h2 id="once-heading">{heading}</h2>
      <div class="once-line">
        <input
          id="once"
          class="mono"
          value={secret}
          readonly={true}
          autofocus={true}
          autocomplete="off"
          spellcheck={false}
          aria-label={label}
          aria-describedby="once-words"
        />
        <button type="button" class="button" data-copy="once" hidden={true}>
          Copy
        </button>
        <span class="sr" role="status" data-copied="once" />
      </div>
      <p id="once-words">{children}</p>
    </section>
  );
}
