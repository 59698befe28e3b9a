/**
 * Arranges the messages for their reader, whom the server does not know when it renders them: marks mine and those that
 * mention me, groups one author's, draws the days, equips code. It runs on every change before the browser paints.
 */
const { me, meHandle } = document.body.dataset;
const list = document.getElementById("messages");
const log = document.getElementById("log");
const announcer = document.getElementById("announcer");
const groupMs = 5 * 60_000;
/** Messages in the document while its end is being read; a few more are let in before the oldest go together. */
const [most, slack] = [300, 20];
const mentionsMe = new Set([meHandle, "team", "all", "here"]);
const sameYear = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long" });
const otherYear = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long", year: "numeric" });

/** What the house said to this reader alone: it has no id, and stands where it came. */
const aside = ".aside";

const midnight = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();

/** @returns {string} "Today", "Yesterday", "Friday 20 November" */
function dayWords(at) {
  const now = new Date();
  const days = Math.round((midnight(now) - midnight(at)) / 86_400_000);
  if (days === 0 || days === 1) return days === 0 ? "Today" : "Yesterday";
  return (at.getFullYear() === now.getFullYear() ? sameYear : otherYear).format(at).replace(",", "");
}

/** What depends on the message before it: whether a day begins and whether the author goes on. */
function arrange(item) {
  const before = item.previousElementSibling;
  const at = new Date(item.dataset.at);
  const earlier = before && new Date(before.dataset.at);
  const day = !before || midnight(at) !== midnight(earlier) ? dayWords(at) : null;
  if (day === null) delete item.dataset.day;
  else item.dataset.day = day;
  // What answers the message right above it, or goes on answering, need not say to what.
  const { answers } = item.dataset;
  const sameAuthor = before?.dataset.author === item.dataset.author;
  if (day === null && answers && (before.id === answers || (sameAuthor && before.dataset.answers === answers)))
    item.querySelector(":scope > .parent")?.remove();
  const goesOn = day === null && before.dataset.author === item.dataset.author && at - earlier < groupMs;
  item.toggleAttribute(
    "data-follow",
    goesOn && !item.querySelector(":scope > .parent") && item.dataset.kind !== "system",
  );
}

/** What depends on the message alone. */
function dress(item) {
  item.tabIndex = -1;
  item.toggleAttribute("data-mine", item.dataset.author === me);
  const parent = item.querySelector(":scope > .parent");
  if (parent) item.dataset.answers = parent.hash.slice(1);
  // A message whose words stand here as they were written comes without its source.
  if (item.dataset.kind === "person" && item.dataset.text === undefined) {
    const body = item.querySelector(":scope > .body:not(.gone)");
    if (body) item.dataset.text = body.textContent.trimEnd();
  }
  for (const mention of item.querySelectorAll(".mention")) {
    if (!mentionsMe.has(mention.dataset.mention)) continue;
    mention.classList.add("me");
    item.toggleAttribute("data-mentioned", item.dataset.author !== me && !item.matches(aside));
  }
  for (const pre of item.querySelectorAll(".body :not(.code) > pre, .body > pre")) {
    const box = document.createElement("div");
    box.className = "code";
    box.dataset.language = /language-([\w+#-]+)/.exec(pre.firstElementChild?.className ?? "")?.[1] ?? "";
    const copy = document.createElement("button");
    Object.assign(copy, { type: "button", className: "copy", textContent: "Copy" });
    copy.dataset.action = "copy-code";
    pre.tabIndex = 0;
    pre.replaceWith(box);
    box.append(pre, copy);
  }
}

/** At the end of the log the oldest messages go; they come back with "Load earlier". */
function trim() {
  if (!log.hasAttribute("data-end") || list.childElementCount <= most + slack) return;
  const range = document.createRange();
  range.setStart(list, 0);
  range.setEndBefore(list.children[list.childElementCount - most]);
  range.deleteContents();
  while (list.firstElementChild.matches(aside)) list.firstElementChild.remove();
  arrange(list.firstElementChild);
  const button = document.querySelector("#earlier button");
  if (!button) return;
  button.setAttribute(
    "hx-get",
    `/rooms/${encodeURIComponent(button.dataset.room)}/messages?before=${list.firstElementChild.dataset.id}`,
  );
  button.parentElement.hidden = false;
}

/** New messages of others, at the end of the list, that are complete: not older pages, edits, or words still being written. */
function arrived(added, removed) {
  const fresh = added.filter((item) => {
    const was = removed.get(item.id);
    if (item.matches(aside)) return false;
    if (item.dataset.author === me || item.classList.contains("streaming")) return false;
    return was ? was.classList.contains("streaming") : Number(item.dataset.id) > newest;
  });
  for (const item of added) newest = Math.max(newest, Number(item.dataset.id) || 0);
  if (fresh.length === 0) return;
  announcer.textContent =
    fresh.length > 3
      ? `${fresh.length} new messages`
      : fresh.map((item) => `${item.querySelector(".who")?.textContent}: ${words(item)}`).join("\n");
  const mentioned = fresh.some((item) => item.hasAttribute("data-mentioned"));
  document.dispatchEvent(new CustomEvent("parley:arrived", { detail: { count: fresh.length, mentioned } }));
}

/** What a message says; with nothing but files, what they are called. */
const words = (item) =>
  (item.querySelector(".body")?.textContent.trim() || (item.querySelector(".files")?.dataset.names ?? "")).slice(
    0,
    200,
  );
let newest = 0;

function changed(changes) {
  const added = new Set();
  const removed = new Map();
  const affected = new Set();
  for (const change of changes) {
    for (const node of change.removedNodes) if (node.id) removed.set(node.id, node);
    for (const node of change.addedNodes) if (node.parentNode === list && node.dataset?.at) added.add(node);
    if (change.nextSibling?.parentNode === list) affected.add(change.nextSibling);
  }
  for (const item of added) {
    if (!place(item)) continue;
    dress(item);
    affected.add(item);
    if (item.nextElementSibling) affected.add(item.nextElementSibling);
    if (removed.has(item.id)) requote(item);
    // Who watched an answer grow goes on reading: it does not fold under their eyes.
    if (removed.get(item.id)?.matches(".streaming, [data-open]")) open(item);
  }
  for (const item of affected) if (item.dataset?.at) arrange(item);
  arrived([...added], removed);
  trim();
}

/** Answers quote what they answer: when that is changed or taken back, so is the quotation. */
function requote(item) {
  const body = item.querySelector(":scope > .body");
  const said = body.textContent.replace(/\s+/g, " ").trim() || (item.querySelector(".files")?.dataset.names ?? "");
  const words = body.classList.contains("gone") ? "deleted message" : said;
  for (const parent of list.querySelectorAll(`:scope > li > .parent[href="#${item.id}"]`))
    parent.lastChild.textContent = ` ${words.length > 140 ? `${words.slice(0, 139)}…` : words}`;
}

/**
 * Each message once, in order. The answer to a repeated message comes by itself, at the end, whether it is shown already or
 * is older than what stands here.
 * @returns {boolean} whether it is here to stay
 */
function place(item) {
  if (item.matches(aside)) return true;
  const shown = document.getElementById(item.id);
  if (shown !== item) {
    shown.replaceWith(item);
    return true;
  }
  const isLater = (other) => other.matches(aside) || Number(other.dataset.id) > Number(item.dataset.id);
  let before = item.previousElementSibling;
  while (before?.matches(aside)) before = before.previousElementSibling;
  if (!before || Number(before.dataset.id) < Number(item.dataset.id)) return true;
  while (before && isLater(before)) before = before.previousElementSibling;
  if (before) before.after(item);
  else item.remove();
  return before !== null;
}

function open(item) {
  const button = item.querySelector(":scope > .fold");
  if (!button) return;
  item.dataset.open = "";
  button.setAttribute("aria-expanded", "true");
  button.textContent = "Show less";
}

function arrangeAll() {
  for (const item of list.children) arrange(item);
  setTimeout(arrangeAll, midnight(new Date(Date.now() + 86_400_000)) - Date.now() + 1_000);
}

for (const item of list.children) {
  dress(item);
  newest = Math.max(newest, Number(item.dataset.id));
}
arrangeAll();
new MutationObserver(changed).observe(list, { childList: true });
document.addEventListener("parley:at-end", trim);
