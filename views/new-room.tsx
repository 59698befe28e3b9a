import type { Room } from "../src/rooms/room.ts";
import { type Assets, Icon } from "./layout.tsx";
import { Alert, Field, type Typed, typedText } from "./people/fields.tsx";

/** A new room that was refused: why, and what was typed. */
export interface RefusedRoom {
  readonly error: string;
  /** The name, when it is not said. */
  readonly field: string | undefined;
  readonly typed: Typed;
}

interface NewRoomProps {
  refused: RefusedRoom | undefined;
  from: Room;
  assets: Assets;
}

/** Makes a room; `public/popups.js` puts the focus on its name when it opens. */
export function NewRoom({ refused, from, assets }: NewRoomProps) {
  const typed = refused?.typed;
  return (
    <details class="section" data-popup="" open={refused !== undefined || undefined}>
      <summary>
        <span>Rooms</span>
        <span class="add" title="New room">
          <Icon assets={assets} name="plus" />
          <span class="sr">New room</span>
        </span>
      </summary>
      <form class="new-room" method="post" action="/rooms">
        <input type="hidden" name="from" value={from.slug} />
        {refused && <Alert>{refused.error}</Alert>}
        <Field
          id="new-room-name"
          name="name"
          label="Name"
          hint="Letters, digits, - and _."
          value={typedText(typed, "name")}
          required={true}
          maxlength={40}
          pattern="#?[\p{L}\p{N}][\p{L}\p{M}\p{N}_ \-]*"
          title="Letters, digits, - and _, beginning with a letter or digit"
          refused={refused && refused.field !== "topic"}
          placeholder="release"
        />
        <Field
          id="new-room-topic"
          name="topic"
          label="Topic"
          value={typedText(typed, "topic")}
          maxlength={200}
          refused={refused?.field === "topic"}
          placeholder="What it is about"
        />
        <label class="check">
          <input type="checkbox" name="private" checked={typedText(typed, "private") !== "" || undefined} />
          <span>Private: only those who are brought in</span>
        </label>
        <button type="submit" class="button primary">
          Create room
        </button>
      </form>
    </details>
  );
}
