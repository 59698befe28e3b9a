/** A link may bring the first words along, such as `#say=@ada hello`: they stand in the box, and are sent by whoever reads them or not at all. */
const text = document.getElementById("text");
const brought = new URLSearchParams(location.hash.slice(1)).get("say");

if (text && brought !== null) {
  // A reload must not put them in again.
  history.replaceState(history.state, "", location.pathname + location.search);
  if (text.value === "") {
    text.value = `${brought.slice(0, 200)} `;
    text.dispatchEvent(new Event("input", { bubbles: true }));
    text.focus();
    text.setSelectionRange(text.value.length, text.value.length);
  }
}
