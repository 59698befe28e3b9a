const shortcuts = [
  ["Enter", "Send"],
  ["Shift Enter", "New line"],
  ["@", "Mention somebody"],
  ["/", "Commands, in an empty box"],
  ["↑", "Edit your last message, in an empty box"],
  ["Esc", "Cancel a reply or an edit"],
  ["Alt ↑ / Alt ↓", "Room above, room below"],
  ["?", "This list"],
] as const;

/** What the room asks and explains above everything else: deleting a message, and its keys. */
export function Dialogs() {
  return (
    <>
      <dialog id="confirm" aria-labelledby="confirm-title">
        <form method="dialog">
          <h2 id="confirm-title">Delete this message?</h2>
          <p class="quote" data-quote="" />
          <p class="soft">Everybody sees that it was deleted.</p>
          <div class="acts end">
            <button type="submit" class="button" value="keep">
              Keep
            </button>
            <button type="submit" class="button danger solid" value="delete">
              Delete
            </button>
          </div>
        </form>
      </dialog>
      <dialog id="shortcuts" aria-labelledby="shortcuts-title">
        <form method="dialog">
          <h2 id="shortcuts-title">Keyboard</h2>
          <dl class="keys">
            {shortcuts.map(([keys, what]) => (
              <div>
                <dt>
                  <kbd>{keys}</kbd>
                </dt>
                <dd>{what}</dd>
              </div>
            ))}
          </dl>
          <div class="acts end">
            <button type="submit" class="button">
              Close
            </button>
          </div>
        </form>
      </dialog>
    </>
  );
}
