/** Shows a password to whoever types it, for as long as they want. Without this module its button is not there. */
function show(field, button, shown) {
  field.type = shown ? "text" : "password";
  button.setAttribute("aria-pressed", String(shown));
  button.textContent = shown ? "Hide" : "Show";
}

for (const button of document.querySelectorAll("[data-show]")) {
  const field = document.getElementById(button.dataset.show);
  button.hidden = false;
  button.addEventListener("click", () => {
    show(field, button, field.type === "password");
    field.focus();
  });
  // Browsers offer to keep what leaves the page as a password.
  field.form.addEventListener("submit", () => show(field, button, false));
}
