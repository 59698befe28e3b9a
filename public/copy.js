/** The button beside a read-only field copies it. Without this module one selects the field and copies by hand. */
async function copy(field) {
  field.focus();
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    return true;
  } catch {
    // The clipboard is for secure contexts only; elsewhere the selection is copied the old way.
    return document.execCommand("copy");
  }
}

for (const button of document.querySelectorAll("[data-copy]")) {
  const field = document.getElementById(button.dataset.copy);
  const said = document.querySelector(`[data-copied="${button.dataset.copy}"]`);
  const words = button.textContent;
  button.hidden = false;
  field.addEventListener("focus", () => field.select());
  if (document.activeElement === field) field.select();
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
