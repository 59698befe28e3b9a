import { Moment } from "../moment.tsx";
import { Alert, Choices, Confirm, Field, type Typed, typedList, typedText } from "./fields.tsx";
import { count, roleWords } from "./words.ts";

export interface InvitationRow {
  readonly id: number;
  readonly role: string;
  /** Slugs of the private rooms it opens. */
  readonly rooms: readonly string[];
  readonly note: string;
  readonly uses: number;
  readonly maxUses: number;
  readonly createdAt: number;
  readonly expiresAt: number;
  /** Who made it. */
  readonly by: string;
}

interface InvitationsProps {
  invitations: readonly InvitationRow[];
  roles: readonly string[];
  rooms: readonly { readonly id: number; readonly slug: string }[];
  error: string | undefined;
  typed: Typed | undefined;
}

/** Invitations that still work, and the form that makes another. */
export function InvitationsSection({ invitations, roles, rooms, error, typed }: InvitationsProps) {
  return (
    <section id="invitations" class="panel" aria-labelledby="invitations-title">
      <h2 id="invitations-title">Invitations</h2>
      <p class="lead">Links by which new people come in and choose their own name and password.</p>
      {error && <Alert>{error}</Alert>}
      {invitations.length > 0 && (
        <ul class="rows" data-testid="invitations">
          {invitations.map((invitation) => (
            <InvitationItem invitation={invitation} />
          ))}
        </ul>
      )}
      <details class="unfold" open={error !== undefined || undefined}>
        <summary class="button">Invite somebody</summary>
        <InviteForm roles={roles} rooms={rooms} refused={error !== undefined} typed={typed} />
      </details>
    </section>
  );
}

function InvitationItem({ invitation }: { invitation: InvitationRow }) {
  const { id, role, rooms, note, uses, maxUses, createdAt, expiresAt, by } = invitation;
  return (
    <li class="row">
      <p class="row-title">
        <b>{role}</b>
        {note && <bdi class="soft">{note}</bdi>}
      </p>
      <p class="row-facts">
        <span>{maxUses === 1 ? "one use" : `${uses} of ${count(maxUses, "use", "uses")}`}</span>
        {rooms.length > 0 && <span>{rooms.map((slug) => `#${slug}`).join(" ")}</span>}
        <span>
          by <bdi>{by}</bdi>, <Moment at={createdAt} format="ago" />
        </span>
        <span>
          <Moment at={expiresAt} format="until" />
        </span>
      </p>
      <div class="row-acts">
        <Confirm
          action={`/invitations/${id}/revoke`}
          verb="Revoke"
          whom={`the invitation as ${role}`}
          words="Its link stops working. Whoever came in by it stays."
        />
      </div>
    </li>
  );
}

interface InviteFormProps {
  roles: readonly string[];
  rooms: readonly { readonly id: number; readonly slug: string }[];
  refused: boolean;
  typed: Typed | undefined;
}

function InviteForm({ roles, rooms, refused, typed }: InviteFormProps) {
  const role = typedText(typed, "role", roles.includes("developer") ? "developer" : (roles[0] ?? ""));
  return (
    <form method="post" action="/invitations" class="grid-form" data-testid="invite-form">
      <div class="field full">
        <label for="invite-role">Role</label>
        <select
          id="invite-role"
          name="role"
          aria-invalid={refused ? "true" : null}
          aria-describedby={refused ? "error" : null}
        >
          {roles.map((each) => (
            <option value={each} selected={each === role || undefined}>
              {roleWords(each)}
            </option>
          ))}
        </select>
      </div>
      <Field
        id="invite-uses"
        name="uses"
        type="number"
        label="How many people"
        hint="Each use makes one new person."
        value={typedText(typed, "uses", "1")}
        required={true}
        min={1}
      />
      <Field
        id="invite-days"
        name="days"
        type="number"
        label="Days until it ends"
        value={typedText(typed, "days", "7")}
        required={true}
        min={1}
      />
      <Field
        id="invite-note"
        name="note"
        full={true}
        label="Note"
        hint="Whoever opens the link reads it."
        value={typedText(typed, "note")}
        maxlength={200}
        placeholder="For the design review on Thursday"
      />
      {rooms.length > 0 && (
        <Choices
          name="rooms"
          legend="Private rooms it opens"
          choices={rooms.map(({ id, slug }) => ({ value: String(id), label: `#${slug}` }))}
          chosen={typedList(typed, "rooms")}
        />
      )}
      <button type="submit" class="button primary">
        Make the link
      </button>
    </form>
  );
}
