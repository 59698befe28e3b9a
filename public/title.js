/** The tab says how many messages came while nobody looked, and in how many conversations something was said meanwhile. */
const name = document.title;
const directs = document.getElementById("directs");
let missed = 0;

function show() {
  const unseen = directs.querySelectorAll("a:not([aria-current]) > .unseen:not(:empty)").length;
  document.title = missed + unseen > 0 ? `(${missed + unseen}) ${name}` : name;
}

document.addEventListener("parley:arrived", ({ detail }) => {
  if (!document.hidden) return;
  missed += detail.count;
  show();
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  missed = 0;
  show();
});
new MutationObserver(show).observe(directs, { childList: true, subtree: true });
