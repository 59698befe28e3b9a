/** Puts times into the reader's zone and language, says how long ago, and counts what is still running. */
const time = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" });
const date = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const said = {
  ago: (at) => ago(Date.now() - at.getTime()),
  until: (at) => until(at.getTime() - Date.now()),
  date: (at) => date.format(at),
  exact: (at) => exact.format(at),
};
const fresh = "time:not([data-told])";

function tell(element) {
  // A message says its moment once, on the item.
  const at = new Date(element.getAttribute("datetime") ?? element.closest("[data-at]")?.dataset.at);
  if (Number.isNaN(at.getTime())) return;
  element.dateTime = at.toISOString();
  element.dataset.told = "";
  element.title = full.format(at);
  element.textContent = said[element.dataset.format]?.(at) ?? time.format(at);
}

/** @returns {string} "just now", "5 min ago", "3 h ago", "2 d ago" */
function ago(ms) {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)} h ago` : `${Math.floor(minutes / 1440)} d ago`;
}

/** @returns {string} "ends in 5 min", "ends in 3 h", "ends in 2 d", "ended 2 d ago" */
function until(ms) {
  if (ms <= 0) return `ended ${ago(-ms)}`;
  const minutes = Math.ceil(ms / 60_000);
  if (minutes < 60) return `ends in ${minutes} min`;
  // Rounded up, as one says it of what has just begun: a week is seven days.
  return minutes <= 48 * 60 ? `ends in ${Math.ceil(minutes / 60)} h` : `ends in ${Math.ceil(minutes / 1440)} d`;
}

/** @returns {string} "8 s", "1:24", "2:03:10" */
function duration(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const two = (value) => String(value % 60).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes}:${two(seconds)}` : `${Math.floor(minutes / 60)}:${two(minutes)}:${two(seconds)}`;
}

function count() {
  if (document.hidden) return;
  for (const element of document.querySelectorAll("[data-since]"))
    element.textContent = duration(Date.now() - Date.parse(element.dataset.since));
}

function tellAll(root) {
  for (const element of root.querySelectorAll(fresh)) tell(element);
}

new MutationObserver((changes) => {
  let running = false;
  for (const { addedNodes } of changes) {
    for (const node of addedNodes) {
      if (node.nodeType !== Node.ELEMENT_NODE) continue;
      if (node.matches(fresh)) tell(node);
      tellAll(node);
      running ||= node.matches("[data-since]") || node.querySelector("[data-since]") !== null;
    }
  }
  if (running) count();
}).observe(document.body, { childList: true, subtree: true });

tellAll(document);
count();
setInterval(count, 1_000);
setInterval(() => {
  for (const element of document.querySelectorAll('[data-format="ago"], [data-format="until"]')) tell(element);
}, 30_000);
