/**
 * The box one writes in: Enter sends, Shift+Enter breaks the line, Esc leaves a reply or an edit, the up arrow in an
 * empty box takes the last message up again. The form itself is sent by htmx over the socket, unless there is none.
 */
const form = document.getElementById("composer");
const max = Number(document.body.dataset.maxCharacters) || 8_000;

if (form) {
  const text = form.elements.text;
  const bar = document.getElementById("reply-bar");
  const count = document.getElementById("characters");
  const button = form.querySelector(".send");
  /** What the box is for now: nothing special, a reply to a message, or a change of one of mine. */
  let purpose = null;
  let setAside = "";

  const say = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail, cancelable: true }));

  function fit() {
    if (!CSS.supports("field-sizing", "content")) {
      text.style.height = "auto";
      text.style.height = `${text.scrollHeight}px`;
    }
    const length = text.value.length;
    count.hidden = length < max * 0.9;
    count.textContent =
      length > max ? `${(length - max).toLocaleString("en")} too many` : (max - length).toLocaleString("en");
    count.classList.toggle("over", length > max);
    button.disabled = length > max;
    form.toggleAttribute("data-empty", text.value.trim() === "" && form.elements.files.value === "");
  }

  /** Puts words into the box as if they were typed, so that drafts and typing notice. */
  function write(value) {
    text.value = value;
    text.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function begin(next) {
    if (purpose?.kind === "edit") write(setAside);
    if (next?.kind === "edit") setAside = text.value;
    purpose = next;
    form.elements.replyTo.value = next?.kind === "reply" ? next.id : "";
    form.toggleAttribute("data-editing", next?.kind === "edit");
    button.querySelector("[data-words]").textContent = next?.kind === "edit" ? "Save" : "Send";
    bar.hidden = !next;
    if (next) {
      bar.querySelector("[data-words]").textContent =
        next.kind === "edit" ? "Editing your message" : `Replying to ${next.name}`;
      bar.querySelector("[data-excerpt]").textContent = next.kind === "edit" ? "" : next.excerpt;
    }
    if (next?.kind === "edit") write(next.text);
    text.focus();
    text.setSelectionRange(text.value.length, text.value.length);
  }

  function edit(item) {
    const { id, text } = item.dataset;
    begin({ kind: "edit", id: Number(id), text, hasFiles: item.querySelector(":scope > .files") !== null });
  }

  /** Sends an edit or hands a message to the outbox. Without a connection htmx must not queue it as well. */
  function submit(event) {
    if (event.target !== form) return;
    const value = text.value;
    const stop = () => {
      event.preventDefault();
      event.stopImmediatePropagation();
    };
    const isEdit = purpose?.kind === "edit";
    const mayBeEmpty = isEdit ? purpose.hasFiles : form.elements.files.value !== "";
    if ((value.trim() === "" && !mayBeEmpty) || value.length > max) return stop();
    if (!isEdit && form.hasAttribute("data-uploading")) {
      stop();
      return say("parley:toast", "Wait until the files are there, or remove them.");
    }
    if (isEdit) {
      stop();
      if (value === purpose.text || !say("parley:send", { type: "edit_message", id: purpose.id, text: value }))
        begin(null);
      else say("parley:toast", "Not connected. Your change stays in the box.");
      return;
    }
    const entry = { text: value, replyTo: purpose?.id };
    if (!say("parley:keep", entry)) return stop();
    form.elements.clientId.value = entry.clientId;
    // Without a socket the outbox sends it, now or later.
    const { connection, transport } = document.body.dataset;
    if (connection !== "connected" || transport !== "websocket") {
      stop();
      sent();
    }
  }

  function sent() {
    form.elements.clientId.value = "";
    begin(null);
    write("");
    say("parley:sent");
  }

  document.addEventListener("submit", submit, true);
  // htmx has read the fields by the time the event gets here.
  document.addEventListener("submit", (event) => event.target === form && sent());

  text.addEventListener("input", fit);
  text.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "Enter" && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      form.requestSubmit();
    } else if (event.key === "Escape" && purpose) {
      event.preventDefault();
      begin(null);
    } else if (event.key === "ArrowUp" && text.value === "" && !purpose) {
      const mine = document.querySelectorAll(`#messages > [data-author="${document.body.dataset.me}"][data-text]`);
      const last = mine[mine.length - 1];
      if (!last) return;
      event.preventDefault();
      edit(last);
    }
  });

  document.addEventListener("parley:reply", ({ detail }) => begin({ kind: "reply", ...detail }));
  document.addEventListener("parley:edit", ({ detail }) => edit(document.getElementById(`m-${detail.id}`)));
  document.addEventListener("parley:attached", fit);
  document.addEventListener("click", ({ target }) => {
    const source = target.closest?.("[data-action]");
    const action = source?.dataset.action;
    if (action === "cancel-reply") begin(null);
    else if (action === "insert") {
      write(source.dataset.insert);
      text.focus();
    } else if (action === "mention") {
      text.focus();
      text.setRangeText(
        /(^|\s)$/.test(text.value.slice(0, text.selectionStart)) ? "@" : " @",
        text.selectionStart,
        text.selectionEnd,
        "end",
      );
      text.dispatchEvent(new Event("input", { bubbles: true }));
    } else if (form.contains(target) && !target.closest("button, input, textarea, [role=option]")) text.focus();
  });

  const wrong = document.querySelector('[aria-invalid="true"]');
  if (matchMedia("(hover: hover)").matches && !location.hash && !wrong) text.focus();
  fit();
}
