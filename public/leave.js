/** Leaves the page when there is nothing to come back to, and says why on the next one. */
const key = "parley:put-out";
const { room } = document.body.dataset;
const shelf = document.getElementById("toasts");
let signingOut = false;

document.addEventListener("submit", ({ target }) => {
  if (target.getAttribute("action") === "/sign-out") signingOut = true;
});

document.addEventListener("parley:session-over", () => {
  // Whoever signs out is on the way already, to a page that says so.
  if (signingOut) return;
  const next = encodeURIComponent(location.pathname + location.hash);
  location.assign(`/sign-in?over=1&next=${next}`);
});

/** There is another room for everybody. What was being written for this one goes along, but not into that one's box. */
document.addEventListener("parley:put-out", () => {
  try {
    // An address says more than a private room's name.
    const name = document.body.dataset.roomName ?? document.querySelector("header.bar .label")?.textContent ?? room;
    const draft = document.getElementById("text")?.value ?? "";
    sessionStorage.setItem(key, JSON.stringify({ room, name, draft }));
  } catch {
    // Without storage nothing is said; the draft may still be among those that are kept.
  }
  location.assign("/");
});

function tell({ name, draft }) {
  const words = `You are no longer in #${name}.`;
  if (draft.trim() === "") {
    document.dispatchEvent(new CustomEvent("parley:toast", { detail: words }));
    return;
  }
  const item = document.createElement("div");
  item.className = "toast stays";
  const said = document.createElement("p");
  said.textContent = `${words} This is what you were writing there:`;
  const text = document.createElement("textarea");
  Object.assign(text, { value: draft, readOnly: true, rows: 3, ariaLabel: "What you were writing" });
  const close = document.createElement("button");
  Object.assign(close, { type: "button", className: "button small", textContent: "Close" });
  close.addEventListener("click", () => item.remove());
  text.addEventListener("focus", () => text.select());
  item.append(said, text, close);
  shelf.append(item);
}

const kept = sessionStorage.getItem(key);
if (kept && JSON.parse(kept).room !== room) {
  sessionStorage.removeItem(key);
  tell(JSON.parse(kept));
}
// What the page came with goes by itself, as every other does.
for (const item of shelf.querySelectorAll("p.toast")) setTimeout(() => item.remove(), 6_000);
