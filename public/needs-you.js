/** Keeps the lists of what is asked as they are on the server: it is told of every change, and looks when it comes back. */
const lists = document.querySelectorAll(".asked");
const source = new EventSource("/api/v1/events?topics=approvals");
const told = new Set(["approval_request", "approval_update"]);
let looking = false;
let again = false;

source.addEventListener("message", ({ data }) => {
  const { type, data: inner } = JSON.parse(data);
  if (told.has(type) || (type === "batch" && inner.some((each) => told.has(each.type)))) look();
});
// The first time, and whenever it was lost and is back.
source.addEventListener("open", () => look());
document.addEventListener("parley:answered", () => look());
document.addEventListener("visibilitychange", () => !document.hidden && look());

/** One look at a time, and one more for what happened meanwhile. */
async function look() {
  again = looking;
  if (looking) return;
  looking = true;
  try {
    const response = await fetch(location.href, { headers: { accept: "text/html" } });
    if (response.redirected) location.reload();
    else if (response.ok) show(new DOMParser().parseFromString(await response.text(), "text/html"));
  } catch {
    // The next change, or coming back, looks again.
  }
  looking = false;
  if (again) look();
}

/** What is as it was stays, with the focus and whatever is being written in it. */
function show(page) {
  for (const list of lists) {
    const fresh = page.getElementById(list.id);
    if (!fresh) continue;
    const items = [...fresh.children].map((item) => {
      const shown = document.getElementById(item.id);
      return shown && stateOf(shown) === stateOf(item) ? shown : item;
    });
    const isSame = items.length === list.children.length && items.every((item, at) => item === list.children[at]);
    if (!isSame) list.replaceChildren(...items);
  }
}

const stateOf = (item) => `${item.querySelector(".ask").dataset.state} ${item.hasAttribute("data-may-answer")}`;
