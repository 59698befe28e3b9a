/** Short sentences that appear for a while: refusals of the server, and whatever a module has to say (`parley:toast`). */
const shelf = document.getElementById("toasts");
const staysMs = 6_000;

function toast(text) {
  const item = document.createElement("p");
  item.className = "toast";
  item.textContent = text;
  shelf.append(item);
  while (shelf.childElementCount > 3) shelf.firstElementChild.remove();
  setTimeout(() => item.remove(), staysMs);
}

document.addEventListener("parley:toast", (event) => toast(event.detail));
document.addEventListener("parley:frame", ({ detail }) => {
  // An error with a client id is shown on the message it is about.
  if (detail.type === "notice" || (detail.type === "error" && !detail.clientId)) toast(detail.message);
});
