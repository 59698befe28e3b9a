/** Parts of a page that change by themselves are asked for again while they are seen, and left alone while somebody is at them. */
const every = 5_000;
const parts = document.querySelectorAll("[data-refresh]");
/** What each shows, as it came: it is put in again only when it is another. */
const shown = new WeakMap();

async function refresh(part) {
  // A question that is open, or a button that is about to be pressed, must not be taken from under somebody's hands.
  if (part.querySelector("details[open]") || part.contains(document.activeElement)) return;
  const answer = await fetch(part.dataset.refresh, { headers: { "hx-request": "true" }, redirect: "manual" });
  if (!answer.ok) return;
  const html = await answer.text();
  if (shown.get(part) === html) return;
  shown.set(part, html);
  part.innerHTML = html;
}

setInterval(() => {
  if (document.hidden) return;
  for (const part of parts) refresh(part).catch(() => undefined);
}, every);
