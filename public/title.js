/** The tab says how many messages came while nobody looked. */
const name = document.title;
let missed = 0;

function show() {
  document.title = missed > 0 ? `(${missed}) ${name}` : name;
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
