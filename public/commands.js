/** Offers slash commands while one is being typed at the beginning of the box, and then says how the chosen one is written. */
const form = document.getElementById("composer");

if (form) {
  const text = form.elements.text;
  const list = document.getElementById("commands");
  const usage = document.getElementById("usage");
  const options = [...list.children];
  let active = 0;

  const shown = () => options.filter((option) => !option.hidden);

  function look() {
    const before = text.value.slice(0, text.selectionStart);
    const name = /^\/([\p{L}\p{N}_]*)$/u.exec(before);
    const query = name && text.selectionStart === text.selectionEnd ? name[1].toLowerCase() : null;
    for (const option of options) option.hidden = query === null || !option.dataset.name.startsWith(query);
    explain();
    if (shown().length === 0) return close();
    active = 0;
    list.hidden = false;
    text.setAttribute("aria-controls", "commands");
    mark();
  }

  /** How the command is written that stands in the box with a space after it. */
  function explain() {
    const name = /^\/([\p{L}\p{N}_]+)[^\S\n][^\n]*$/u.exec(text.value)?.[1].toLowerCase();
    const option = name && options.find(({ dataset }) => dataset.name === name);
    usage.hidden = !option || document.activeElement !== text;
    const words = option ? `${option.dataset.usage}  ${option.querySelector("[data-help]").textContent}` : "";
    if (usage.textContent !== words) usage.textContent = words;
  }

  function mark() {
    for (const [index, option] of shown().entries()) option.setAttribute("aria-selected", String(index === active));
    const chosen = shown()[active];
    chosen.scrollIntoView({ block: "nearest" });
    text.setAttribute("aria-activedescendant", chosen.id);
  }

  function close() {
    if (list.hidden) return;
    list.hidden = true;
    text.setAttribute("aria-controls", "suggestions");
    text.removeAttribute("aria-activedescendant");
  }

  function hide() {
    close();
    usage.hidden = true;
  }

  function insert(option) {
    text.setRangeText(`/${option.dataset.name} `, 0, text.selectionStart, "end");
    close();
    text.dispatchEvent(new Event("input", { bubbles: true }));
    text.focus();
  }

  text.addEventListener("input", look);
  text.addEventListener("click", look);
  text.addEventListener("focus", explain);
  text.addEventListener("blur", hide);
  text.addEventListener("keyup", (event) => ["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key) && look());
  document.addEventListener("parley:sent", hide);

  // Before the composer hears the key: while the list is open, Enter inserts. A command that stands there whole is sent.
  form.addEventListener(
    "keydown",
    (event) => {
      if (list.hidden || event.target !== text || event.isComposing) return;
      const options = shown();
      const chosen = options[active];
      if (event.key === "ArrowDown") active = (active + 1) % options.length;
      else if (event.key === "ArrowUp") active = (active + options.length - 1) % options.length;
      else if (event.key === "Enter" && text.value.toLowerCase() === `/${chosen.dataset.name}`) return close();
      else if ((event.key === "Enter" && !event.shiftKey) || event.key === "Tab") insert(chosen);
      else if (event.key === "Escape") close();
      else return;
      event.preventDefault();
      event.stopPropagation();
      if (!list.hidden) mark();
    },
    true,
  );

  list.addEventListener("pointerdown", (event) => {
    const option = event.target.closest("[data-name]");
    event.preventDefault();
    if (option) insert(option);
  });
}
