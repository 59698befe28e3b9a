/** Answers what agents ask: as a frame where something carries frames, else as the form it is; and by the keys y and n on a card that has the focus. */
const announcer = document.getElementById("announcer");
/** A press counts once: the card changes long before that, or the answer was lost. */
const busyMs = 4_000;
let answered = "";

document.addEventListener("submit", (event) => {
  const form = event.target.closest?.("form[data-approval]");
  if (!form) return;
  event.preventDefault();
  if (form.hasAttribute("data-busy")) return;
  const fields = new FormData(form, event.submitter);
  const option = fields.get("option");
  const text = fields.get("text")?.trim();
  if (!option && !text) return form.querySelector("textarea")?.focus();
  form.dataset.busy = "";
  setTimeout(() => delete form.dataset.busy, busyMs);
  answered = form.closest(".ask").id;
  const answer = option ? { option } : { text };
  const frame = { type: "approval_response", id: Number(form.dataset.approval), shown: fields.get("shown"), ...answer };
  if (document.dispatchEvent(new CustomEvent("parley:send", { detail: frame, cancelable: true })))
    post(form, { shown: frame.shown, ...answer });
});

async function post(form, fields) {
  let refused = "Not connected. Nothing was answered.";
  try {
    const body = new URLSearchParams(fields);
    const response = await fetch(form.action, { method: "POST", body, headers: { accept: "application/json" } });
    refused = response.ok ? "" : (await response.json()).message;
  } catch {
    // It stays as it is said above.
  }
  form.querySelector(".ask-refused").textContent = refused;
  delete form.dataset.busy;
  document.dispatchEvent(new CustomEvent("parley:answered"));
}

document.addEventListener(
  "keydown",
  (event) => {
    const card = event.target;
    if (!card.matches?.(".ask") || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
    const button = card.querySelector(`button[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
    // Whoever may not answer has none that is seen.
    if (!button?.checkVisibility()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    button.click();
  },
  true,
);

/** What comes is said aloud; and the card that one answered keeps the focus when it changes. */
new MutationObserver((changes) => {
  for (const { addedNodes, removedNodes } of changes) {
    for (const card of addedNodes) {
      if (!card.matches?.(".ask")) continue;
      if (card.id === answered && document.activeElement === document.body) card.focus({ preventScroll: true });
      const isNew = ![...removedNodes].some(({ id }) => id === card.id);
      if (announcer && isNew && card.dataset.state === "open" && card.closest("[data-may-answer]"))
        announcer.textContent = card.querySelector(".ask-head").textContent.trim();
    }
  }
}).observe(document.body, { childList: true, subtree: true });
