/** The left bar on the phone: a drawer over the room. While it is open the room behind it is out of reach. */
const { body } = document;
const room = document.getElementById("chat");
const bar = document.getElementById("sidebar");
const opener = document.querySelector('[data-action="open-drawer"]');
const narrow = matchMedia("(max-width: 720px)");

function set(open) {
  const was = body.hasAttribute("data-drawer");
  body.toggleAttribute("data-drawer", open);
  room.inert = open;
  opener.setAttribute("aria-expanded", String(open));
  if (open) bar.querySelector('[data-action="close-drawer"]').focus();
  else if (was) opener.focus();
}

document.addEventListener("click", ({ target }) => {
  const action = target.closest?.("[data-action]")?.dataset.action;
  if (action === "open-drawer") set(true);
  else if (action === "close-drawer") set(false);
});
document.addEventListener(
  "keydown",
  (event) => event.key === "Escape" && body.hasAttribute("data-drawer") && set(false),
);
narrow.addEventListener("change", () => body.hasAttribute("data-drawer") && set(false));

// A form in it that was refused is what one came back for.
const wrong = bar.querySelector('[aria-invalid="true"]');
if (wrong && narrow.matches) {
  set(true);
  wrong.focus();
}
