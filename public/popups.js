/** What unfolds over a page closes by Escape, which puts the focus back, and by a click elsewhere. */
const opened = () => [...document.querySelectorAll("details[open]:is(.confirm, [data-popup])")];

// Before the drawer and the composer hear the key: it closes one thing at a time.
document.addEventListener(
  "keydown",
  (event) => {
    const last = opened().at(-1);
    if (event.key !== "Escape" || !last || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    event.stopPropagation();
    last.open = false;
    last.querySelector("summary").focus();
  },
  true,
);

document.addEventListener("click", ({ target }) => {
  for (const details of opened()) if (!details.contains(target)) details.open = false;
});

document.addEventListener(
  "toggle",
  ({ target }) => {
    if (target.open && target.matches("[data-popup]")) target.querySelector("input:not([type=hidden])")?.focus();
  },
  true,
);
