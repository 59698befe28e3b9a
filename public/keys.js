/** Keys that work anywhere in the room: Alt with the arrows changes it, "?" lists the keys, any letter goes to the box. */
const text = document.getElementById("text");
const list = document.getElementById("shortcuts");

/** @returns {boolean} whether a key pressed there is part of what is being written */
const writes = (element) => element.matches?.("input, textarea, select, [contenteditable]") ?? false;

function otherRoom(step) {
  const rooms = [...document.querySelectorAll("#rooms a, #directs a")];
  const at = rooms.findIndex((room) => room.getAttribute("aria-current") === "page");
  rooms[at + step]?.click();
}

document.addEventListener("keydown", (event) => {
  if (document.querySelector("dialog[open]")) return;
  if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
    event.preventDefault();
    otherRoom(event.key === "ArrowUp" ? -1 : 1);
  } else if (event.ctrlKey || event.metaKey || event.altKey || writes(event.target)) return;
  else if (event.key === "?") list.showModal();
  else if (event.key.length === 1 && event.key !== " " && !event.target.closest("button, a, summary")) text?.focus();
});
