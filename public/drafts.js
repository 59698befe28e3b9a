/** What stands unsent in the box survives a reload, for each room and person. An edit of an old message is no draft. */
const form = document.getElementById("composer");

if (form) {
  const text = form.elements.text;
  const key = `parley:draft:${document.body.dataset.me}:${document.body.dataset.room}`;
  let timer = 0;

  function save() {
    clearTimeout(timer);
    if (form.hasAttribute("data-editing")) return;
    try {
      if (text.value === "") localStorage.removeItem(key);
      else localStorage.setItem(key, text.value);
    } catch {
      // Without storage there are no drafts; writing still works.
    }
  }

  text.addEventListener("input", () => {
    clearTimeout(timer);
    if (text.value === "") save();
    else timer = setTimeout(save, 300);
  });
  addEventListener("pagehide", save);

  // What the browser itself put back after a reload is older than the draft or the same.
  const draft = localStorage.getItem(key);
  if (draft) {
    text.value = draft;
    text.dispatchEvent(new Event("input", { bubbles: true }));
    text.setSelectionRange(draft.length, draft.length);
  }
}
