/** The button beside a read-only field, or a listing, copies it. Without this module one selects it and copies by hand. */
function select(field) {
  field.focus();
  if (field.select) field.select();
  else getSelection().selectAllChildren(field);
}

async function copy(field) {
  select(field);
  try {
    await navigator.clipboard.writeText(field.value ?? field.textContent);
    return true;
  } catch {
    // The clipboard is for secure contexts only; elsewhere the selection is copied the old way.
    return document.execCommand("copy");
  }
}

for (const button of document.querySelectorAll("[data-copy]")) {
  const field = document.getElementById(button.dataset.copy);
  // Of many things to copy on a page, all have one place that says so.
  const said = document.querySelector(`[data-copied="${button.dataset.copy}"], [data-copied=""]`);
  const words = button.textContent;
  button.hidden = false;
  if (field.select) field.addEventListener("focus", () => field.select());
  if (document.activeElement === field) select(field);
  button.addEventListener("click", async () => {
    const done = await copy(field);
    button.textContent = done ? "Copied" : words;
    said.textContent = done ? "Copied" : "Press Ctrl+C to copy";
    setTimeout(() => {
      button.textContent = words;
      said.textContent = "";
    }, 3_000);
  });
}
