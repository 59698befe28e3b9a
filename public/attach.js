/**
 * Files to send: picked, pasted or dropped. Each is uploaded at once and stands above the box with its progress until it goes with the
 * message, whose form holds their ids; the outbox gets their names as well, to show what waits.
 */
const form = document.getElementById("composer");

if (form) {
  const picker = document.getElementById("picker");
  const tray = document.getElementById("attachments");
  const template = document.getElementById("attachment");
  const text = form.elements.text;
  const [mostBytes, mostFiles, mostPixels] = ["bytes", "files", "pixels"].map((it) => Number(picker.dataset[it]));
  /** What stands in the tray: the request that uploads it, and the file once it is there. */
  const entries = new Set();

  const say = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));
  const megabytes = (bytes) =>
    bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} KB` : `${(bytes / 1e6).toFixed(1)} MB`;

  function add(files) {
    for (const file of files) {
      if (entries.size >= mostFiles) return say("parley:toast", `A message may have at most ${mostFiles} files.`);
      if (file.size === 0) say("parley:toast", `${file.name} is empty or a folder.`);
      else if (file.size > mostBytes)
        say("parley:toast", `${file.name} is too large: a file may have at most ${megabytes(mostBytes)}.`);
      else upload(file);
    }
    text.focus();
  }

  function upload(file) {
    const item = template.content.firstElementChild.cloneNode(true);
    const request = new XMLHttpRequest();
    const entry = { item, request, file: null, name: file.name || "file" };
    const progress = item.querySelector("progress");
    item.querySelector(".name").textContent = entry.name;
    item.querySelector(".weight").textContent = megabytes(file.size);
    progress.ariaLabel = `Uploading ${entry.name}`;
    item.querySelector("button").ariaLabel = `Remove ${entry.name}`;
    item.querySelector("button").onclick = () => remove(entry);
    request.upload.onprogress = ({ loaded, total }) => {
      progress.value = loaded / total;
    };
    request.onload = () => uploaded(entry);
    request.onerror = () => fail(entry, "the connection was lost.");
    request.open("POST", `/api/v1/files?name=${encodeURIComponent(entry.name)}`);
    request.setRequestHeader("accept", "application/json");
    request.responseType = "json";
    request.send(file);
    entries.add(entry);
    tray.append(item);
    changed();
  }

  function uploaded(entry) {
    const { status, response } = entry.request;
    if (status !== 201) return fail(entry, response?.message ?? "the server refused it.");
    entry.file = response.file;
    entry.item.querySelector("progress").remove();
    preview(entry);
    document.getElementById("announcer").textContent = `${entry.name} is attached.`;
    changed();
  }

  /** The picture as the server has it: what is shown here is what will be sent. */
  function preview({ item, file }) {
    if (!/^image\/(png|jpeg|gif|webp)$/.test(file.type) || !file.width || file.width * file.height > mostPixels) return;
    item.prepend(Object.assign(new Image(), { src: file.url, alt: "", decoding: "async" }));
  }

  function fail(entry, reason) {
    say("parley:toast", `${entry.name} was not attached: ${reason}`);
    drop(entry);
  }

  /** Taken back before it was sent: the server need not keep it for a day. */
  function remove(entry) {
    entry.request.abort();
    if (entry.file) fetch(`/api/v1/files/${entry.file.id}`, { method: "DELETE" }).catch(() => undefined);
    drop(entry);
    text.focus();
  }

  function drop(entry) {
    entries.delete(entry);
    entry.item.remove();
    changed();
  }

  const there = () => [...entries].flatMap(({ file }) => file ?? []);

  function changed() {
    tray.hidden = entries.size === 0;
    form.elements.files.value = there()
      .map(({ id }) => id)
      .join(" ");
    form.toggleAttribute("data-uploading", there().length < entries.size);
    say("parley:attached");
  }

  document.addEventListener("parley:keep", ({ detail }) => {
    const files = there().map(({ id, name }) => ({ id, name }));
    if (files.length > 0) detail.files = files;
  });
  document.addEventListener("parley:sent", () => [...entries].forEach(drop));

  form.querySelector('[data-action="attach"]').addEventListener("click", () => picker.click());
  picker.addEventListener("change", () => {
    add(picker.files);
    picker.value = "";
  });
  // Who copies from a table or a text gets a picture of it as well: the words are meant.
  text.addEventListener("paste", (event) => {
    const { files, types } = event.clipboardData;
    if (files.length === 0 || types.includes("text/plain")) return;
    event.preventDefault();
    add(files);
  });

  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  const dropping = (on) => document.body.toggleAttribute("data-dropping", on);
  document.addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    dropping(true);
  });
  document.addEventListener("dragleave", (event) => event.relatedTarget === null && dropping(false));
  document.addEventListener("drop", (event) => {
    dropping(false);
    if (!carriesFiles(event)) return;
    event.preventDefault();
    add(event.dataTransfer.files);
  });
}
