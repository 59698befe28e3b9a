/** Answers of the house that only this reader sees: they stand among the messages until they are dismissed or the page is left. */
const list = document.getElementById("messages");
const announcer = document.getElementById("announcer");
const most = 20;

/** Over HTTP the answer comes with that of the request; a socket puts it in by itself. */
document.addEventListener("parley:answer", ({ detail }) => {
  list.append(document.createRange().createContextualFragment(detail));
});

/** Links to this workspace stay on this page; those to this room go to the message. */
function lead(link) {
  const url = URL.parse(link.href);
  if (url?.origin !== location.origin) return;
  link.removeAttribute("target");
  if (url.pathname === location.pathname && url.hash.startsWith("#m-")) link.setAttribute("href", url.hash);
}

new MutationObserver((changes) => {
  for (const { addedNodes } of changes) {
    for (const item of addedNodes) {
      if (!item.matches?.(".aside")) continue;
      for (const link of item.querySelectorAll(".body a")) lead(link);
      announcer.textContent = item.querySelector(".body").textContent.trim().slice(0, 500);
      const items = list.querySelectorAll(":scope > .aside");
      if (items.length > most) items[0].remove();
    }
  }
}).observe(list, { childList: true });

list.addEventListener("click", ({ target }) => {
  if (!target.closest('[data-action="dismiss"]')) return;
  target.closest(".aside").remove();
  document.getElementById("text")?.focus();
});
