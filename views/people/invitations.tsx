import { Moment } from "../moment.tsx";
import { plainName } from "../room-name.ts";
import { Alert, Choices, Confirm, Done, Field, type Typed, typedList, typedText } from "./fields.tsx";
import { RoleMeanings } from "./roles.tsx";
import { count } from "./words.ts";

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
  notice: string | undefined;
  error: string | undefined;
  /** Which field the error is about: the role, when it is not said. */
  field: string | undefined;
  typed: Typed | undefined;
}

/** The form that makes an invitation, and those that still work. */
export function InvitationsSection(props: InvitationsProps) {
  const { invitations, notice, error } = props;
  return (
    <section id="invitations" class="panel" aria-labelledby="invitations-title">
      <h2 id="invitations-title">Invitations</h2>
      <p class="lead">Links by which new people come in and choose their own name and password.</p>
      {notice && <Done>{notice}</Done>}
      <details class="unfold" open={error !== undefined || undefined}>
        <summary class="button primary">Invite somebody</summary>
        <InviteForm {...props} />
      </details>
      {invitations.length > 0 && (
        <ul class="rows" data-testid="invitations">
          {invitations.map((invitation) => (
            <InvitationItem invitation={invitation} />
          ))}
        </ul>
      )}
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
        {rooms.length > 0 && <span>{rooms.map((slug) => `#${plainName(slug)}`).join(" ")}</span>}
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

function InviteForm({ roles, rooms, error, field = "role", typed }: InvitationsProps) {
  const refused = error === undefined ? undefined : field;
  const role = typedText(typed, "role", roles.includes("developer") ? "developer" : (roles[0] ?? ""));
  return (
    <form method="post" action="/invitations" class="grid-form" data-testid="invite-form">
      {error && <Alert>{error}</Alert>}
      <div class="field full">
        <label for="invite-role">Role</label>
        <select
          id="invite-role"
          name="role"
          aria-invalid={refused === "role" ? "true" : null}
          aria-describedby={refused === "role" ? "error role-meanings" : "role-meanings"}
          autofocus={refused === "role" || undefined}
        >
          {roles.map((each) => (
            <option value={each} selected={each === role || undefined}>
              {each}
            </option>
          ))}
        </select>
        <div id="role-meanings">
          <RoleMeanings roles={roles} />
        </div>
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
        max={1000}
        refused={refused === "uses"}
      />
      <Field
        id="invite-days"
        name="days"
        type="number"
        label="Days until it ends"
        value={typedText(typed, "days", "7")}
        required={true}
        min={1}
        max={90}
        refused={refused === "days"}
      />
      <Field
        id="invite-note"
        name="note"
        full={true}
        label="Note"
        hint="Whoever opens the link reads it."
        value={typedText(typed, "note")}
        maxlength={200}
        refused={refused === "note"}
        placeholder="For the design review on Thursday"
      />
      {rooms.length > 0 && (
        <Choices
          name="rooms"
          legend="Private rooms it opens"
          choices={rooms.map(({ id, slug }) => ({ value: String(id), label: `#${plainName(slug)}` }))}
          chosen={typedList(typed, "rooms")}
          refused={refused === "rooms"}
        />
      )}
      <button type="submit" class="button primary">
        Make the link
      </button>
    </form>
  );
}
