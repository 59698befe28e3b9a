import { Moment } from "../moment.tsx";
import { plainName } from "../room-name.ts";
import { Alert, Choices, Confirm, Done, Field, type Typed, typedList, typedText } from "./fields.tsx";
import { permissionWords } from "./words.ts";

export interface KeyRow {
  readonly id: number;
  readonly name: string;
  /** Its first characters, by which people recognise it. */
  readonly prefix: string;
  /** As whom it acts. */
  readonly owner: string;
  readonly permissions: readonly string[];
  /** Slugs of the only rooms it opens, or null for all of its owner's. */
  readonly rooms: readonly string[] | null;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly seenAt: number | null;
  readonly revokedAt: number | null;
}

export interface KeyChoices {
  /** What a key may be given: never more than whoever makes it has. */
  readonly permissions: readonly string[];
  readonly rooms: readonly { readonly id: number; readonly slug: string }[];
  /** As whom it may act. */
  readonly owners: readonly { readonly id: number; readonly name: string; readonly kind: string }[];
}

interface KeysProps {
  keys: readonly KeyRow[];
  choices: KeyChoices;
  notice: string | undefined;
  /** What the form was refused for. */
  error: string | undefined;
  /** Which of its fields that is about: the name, when it is not said. */
  field: string | undefined;
  typed: Typed | undefined;
}

/** Keys by which programs come in as their owner, narrowed to some permissions and rooms. */
export function KeysSection({ keys, choices, notice, error, field, typed }: KeysProps) {
  const working = keys.filter(({ revokedAt }) => revokedAt === null);
  const revoked = keys.filter(({ revokedAt }) => revokedAt !== null);
  // What is refused about a key that is there concerns no field.
  const making = typed && Object.hasOwn(typed, "name");
  return (
    <section id="keys" class="panel" aria-labelledby="keys-title">
      <h2 id="keys-title">Keys</h2>
      <p class="lead">
        For programs that act in your name, or in an agent's. Give each its own, and no more than it needs. What they
        can do: <a href="/docs">API</a>, <a href="/docs/clients">Writing a client</a>.
      </p>
      {notice && <Done>{notice}</Done>}
      {error && !making && <Alert>{error}</Alert>}
      {working.length > 0 && (
        <ul class="rows" data-testid="keys">
          {working.map((key) => (
            <KeyItem row={key} />
          ))}
        </ul>
      )}
      <details class="unfold" open={(making && error !== undefined) || undefined}>
        <summary class="button">New key</summary>
        <KeyForm choices={choices} error={making ? error : undefined} field={field} typed={typed} />
      </details>
      {revoked.length > 0 && (
        <details class="unfold quiet">
          <summary>Revoked keys ({revoked.length})</summary>
          <ul class="rows">
            {revoked.map((key) => (
              <KeyItem row={key} />
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

function KeyItem({ row }: { row: KeyRow }) {
  const revoked = row.revokedAt !== null;
  return (
    <li class="row" data-state={revoked ? "revoked" : null}>
      <p class="row-title">
        <b>
          <bdi>{row.name}</bdi>
        </b>
        <code>{row.prefix}…</code>
      </p>
      <p class="row-facts">
        <span>
          acts as <bdi>{row.owner}</bdi>
        </span>
        <span>may {row.permissions.map(permissionWords).join(", ") || "nothing"}</span>
        <span>
          {row.rooms === null
            ? "all its owner's rooms"
            : row.rooms.map((slug) => `#${plainName(slug)}`).join(" ") || "no room"}
        </span>
      </p>
      <p class="row-facts">
        <span>
          made <Moment at={row.createdAt} format="date" />
        </span>
        <span>{row.seenAt === null ? "never used" : <Used at={row.seenAt} />}</span>
        {row.revokedAt === null ? (
          <span>{row.expiresAt === null ? "does not expire" : <Moment at={row.expiresAt} format="until" />}</span>
        ) : (
          <span>
            revoked <Moment at={row.revokedAt} format="ago" />
          </span>
        )}
      </p>
      {!revoked && (
        <div class="row-acts">
          <Confirm
            action={`/settings/keys/${row.id}/rotate`}
            verb="Rotate"
            whom={`${row.name} ${row.prefix}`}
            words="You get a new key of the same kind. The old one works for 24 more hours."
            danger={false}
          />
          <Confirm
            action={`/settings/keys/${row.id}/revoke`}
            verb="Revoke"
            whom={`${row.name} ${row.prefix}`}
            words="Whatever uses it is shut out at once, for good."
          />
        </div>
      )}
    </li>
  );
}

function Used({ at }: { at: number }) {
  return (
    <>
      used <Moment at={at} format="ago" />
    </>
  );
}

type KeyFormProps = Omit<KeysProps, "keys" | "notice">;

function KeyForm({ choices, error, field = "name", typed: given }: KeyFormProps) {
  const refused = error === undefined ? undefined : field;
  const typed = error === undefined ? undefined : given;
  const owner = typedText(typed, "for");
  const [onlyOwner] = choices.owners;
  return (
    <form method="post" action="/settings/keys" class="grid-form" data-testid="key-form">
      {error && <Alert>{error}</Alert>}
      <Field
        id="key-name"
        name="name"
        label="Name"
        hint="What will use it."
        value={typedText(typed, "name")}
        required={true}
        maxlength={60}
        refused={refused === "name"}
        placeholder="deploy script"
      />
      <Field
        id="key-days"
        name="days"
        type="number"
        label="Days until it expires"
        hint="Empty: it does not expire."
        value={typedText(typed, "days", "90")}
        min={1}
        max={3650}
        refused={refused === "days"}
      />
      {choices.owners.length > 1 ? (
        <div class="field">
          <label for="key-for">Acts as</label>
          <select id="key-for" name="for">
            {choices.owners.map(({ id, name, kind }) => (
              <option value={id} selected={owner === String(id) || undefined}>
                {kind === "agent" ? `${name} (agent)` : name}
              </option>
            ))}
          </select>
        </div>
      ) : (
        onlyOwner && <input type="hidden" name="for" value={onlyOwner.id} />
      )}
      <Choices
        name="permissions"
        legend="It may"
        choices={choices.permissions.map((value) => ({ value, label: permissionWords(value) }))}
        chosen={typed ? typedList(typed, "permissions") : ["read", "write"]}
        refused={refused === "permissions"}
      />
      {choices.rooms.length > 0 && (
        <Choices
          name="rooms"
          legend="Rooms"
          hint="None chosen: every room that its owner may enter."
          choices={choices.rooms.map(({ id, slug }) => ({ value: String(id), label: `#${plainName(slug)}` }))}
          chosen={typedList(typed, "rooms")}
          refused={refused === "rooms"}
        />
      )}
      <button type="submit" class="button primary">
        Make the key
      </button>
    </form>
  );
}
