/** What the buttons of a message do. */
const list = document.getElementById("messages");
const confirmation = document.getElementById("confirm");
const say = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail, cancelable: true }));

/** A message's words, or the names of its files when it has none. */
const excerpt = (item) => {
  const words = (item.querySelector(".body")?.textContent ?? "").replace(/\s+/g, " ").trim();
  return (words || (item.querySelector(".files")?.dataset.names ?? "")).slice(0, 140);
};

const doing = {
  reply: (item) =>
    say("parley:reply", {
      id: Number(item.dataset.id),
      name: item.querySelector(".who").textContent,
      excerpt: excerpt(item),
    }),
  edit: (item) => say("parley:edit", { id: Number(item.dataset.id) }),
  "copy-link": (item) => copy(new URL(`#${item.id}`, location.href).href, "Link copied."),
  "copy-code": (_item, button) => copy(button.previousElementSibling.innerText, "Code copied."),
  fold,
  delete: remove,
};

function fold(item, button) {
  const open = item.toggleAttribute("data-open");
  button.setAttribute("aria-expanded", String(open));
  button.textContent = open ? "Show less" : "Show more";
  if (!open) item.scrollIntoView({ block: "nearest" });
}

function remove(item) {
  confirmation.querySelector("[data-quote]").textContent = excerpt(item);
  confirmation.returnValue = "";
  confirmation.onclose = () => {
    if (confirmation.returnValue !== "delete") return;
    if (say("parley:send", { type: "delete_message", id: Number(item.dataset.id) }))
      say("parley:toast", "Not connected. Nothing was deleted.");
  };
  confirmation.showModal();
}

/** The clipboard is for secure contexts only; elsewhere a hidden field does it the old way. */
async function copy(text, done) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const field = document.createElement("textarea");
    field.className = "sr";
    field.value = text;
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
  say("parley:toast", done);
}

list.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-action]");
  const item = event.target.closest("#messages > li");
  if (button && item) doing[button.dataset.action]?.(item, button);
});
// Whoever tabs to a link in the folded part sees it.
list.addEventListener("focusin", (event) => {
  const item = event.target.closest("#messages > li:not([data-open])");
  const button = item?.querySelector(":scope > .fold");
  if (button && event.target.closest(".body.long") && event.target.matches("a, pre, button")) fold(item, button);
});
