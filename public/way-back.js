/** The way back from the pages beside the room leads to the room one came from, in this tab. */
const key = "parley:room";
const { room } = document.body.dataset;

try {
  if (room) sessionStorage.setItem(key, `/rooms/${encodeURIComponent(room)}`);
  const place = sessionStorage.getItem(key);
  for (const link of document.querySelectorAll("[data-way-back]"))
    if (place && place !== location.pathname) link.href = place;
} catch {
  // Without storage it leads to the room everybody is in.
}
