/**
 * Where the reader is in the log. Within 100 px of the end it stays at the end, whatever grows; elsewhere what is being
 * read stays where it is, whatever comes above or below. `data-end` on the log says which of the two holds.
 */
const log = document.getElementById("log");
const list = document.getElementById("messages");
const pending = document.getElementById("pending");
const jump = document.getElementById("jump");
const near = 100;
let missed = 0;
let anchor = null;
let lastTop = 0;
let seeking = false;

const fromEnd = () => log.scrollHeight - log.clientHeight - log.scrollTop;
/** Of its words: the day above the first message goes when earlier ones come. */
const topOf = (item) =>
  (item.querySelector(":scope > .body") ?? item).getBoundingClientRect().top - log.getBoundingClientRect().top;

/** Remembers the first message in view and where it stands. */
function remember() {
  const box = log.getBoundingClientRect();
  const items = list.children;
  let [low, high] = [0, items.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (items[middle].getBoundingClientRect().bottom > box.top) high = middle;
    else low = middle + 1;
  }
  anchor = items[low] ? { id: items[low].id, top: topOf(items[low]) } : null;
}

function scrolled() {
  // Only who moves up leaves the end: a long text that has just come has not been scrolled to yet.
  const up = log.scrollTop < lastTop;
  lastTop = log.scrollTop;
  const atEnd = !seeking && (fromEnd() <= near || (log.hasAttribute("data-end") && !up));
  if (atEnd !== log.hasAttribute("data-end")) {
    log.toggleAttribute("data-end", atEnd);
    if (atEnd) document.dispatchEvent(new Event("parley:at-end"));
  }
  if (atEnd) missed = 0;
  remember();
  offer();
}

function offer() {
  jump.hidden = log.hasAttribute("data-end");
  jump.querySelector("[data-words]").textContent =
    missed === 0 ? "Latest" : missed === 1 ? "1 new message" : `${missed} new messages`;
  jump.classList.toggle("new", missed > 0);
}

/** Something changed its height: go to the end, or put what was being read back. */
function keepPlace() {
  if (log.hasAttribute("data-end")) log.scrollTop = log.scrollHeight;
  else {
    const element = anchor && document.getElementById(anchor.id);
    if (element) log.scrollTop += topOf(element) - anchor.top;
  }
  remember();
}

function toEnd() {
  log.setAttribute("data-end", "");
  log.scrollTop = log.scrollHeight;
  missed = 0;
  offer();
}

/** Shows a message, fetching earlier pages for it if need be. */
async function reveal(id) {
  // Not at the end meanwhile, or the oldest would be dropped as they come.
  seeking = true;
  log.removeAttribute("data-end");
  for (let page = 0; page < 20 && !document.getElementById(`m-${id}`); page += 1) {
    const button = document.querySelector("#earlier:not([hidden]) button");
    if (!button || !(id < Number(list.querySelector(":scope > [data-id]")?.dataset.id))) break;
    const done = new Promise((resolve) => document.addEventListener("htmx:finally:request", resolve, { once: true }));
    button.click();
    await done;
  }
  seeking = false;
  const item = document.getElementById(`m-${id}`);
  if (item) {
    item.scrollIntoView({ block: "center" });
    item.classList.add("flash");
    item.addEventListener("animationend", () => item.classList.remove("flash"), { once: true });
    item.focus({ preventScroll: true });
  } else {
    const text = "That message is not in this room, or too far back.";
    document.dispatchEvent(new CustomEvent("parley:toast", { detail: text }));
  }
  scrolled();
}

/** Earlier messages come by themselves when the reader gets to the top; the button remains for the keyboard. */
const revealed = new IntersectionObserver((entries) => {
  if (!entries.some((entry) => entry.isIntersecting) || log.hasAttribute("data-end")) return;
  document.querySelector("#earlier:not([hidden]) button")?.dispatchEvent(new Event("parley:revealed"));
});
const watchEarlier = () => {
  const earlier = document.getElementById("earlier");
  revealed.disconnect();
  if (earlier) revealed.observe(earlier);
};

log.addEventListener("scroll", scrolled, { passive: true });
jump.addEventListener("click", toEnd);
document.addEventListener("parley:sent", toEnd);
document.addEventListener("parley:arrived", ({ detail }) => {
  if (log.hasAttribute("data-end")) return;
  missed += detail.count;
  offer();
});
document.addEventListener("click", (event) => {
  const link = event.target.closest?.('a[href^="#m-"]');
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (!link.classList.contains("parent")) history.replaceState(null, "", link.hash);
  reveal(Number(link.hash.slice(3)));
});

const sizes = new ResizeObserver(keepPlace);
for (const element of [log, list, pending]) sizes.observe(element);
for (const element of [list, pending]) new MutationObserver(keepPlace).observe(element, { childList: true });
new MutationObserver(watchEarlier).observe(log, { childList: true });

toEnd();
watchEarlier();
addEventListener("load", () => {
  const asked = /^#m-(\d+)$/.exec(location.hash);
  if (asked) reveal(Number(asked[1]));
});
