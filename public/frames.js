/** What forms and buttons say by `hx-ws:send`: flat JSON over the socket, or as a frame to whatever carries frames when there is none. */
const { body } = document;

/** Without htmx's headers, without empty fields. */
document.addEventListener("htmx:ws:before:message:outgoing", (event) => {
  const { message } = event.detail;
  const filled = Object.entries(message.values).filter(([, value]) => value !== "");
  if (message.values.replyTo) filled.push(["replyTo", Number(message.values.replyTo)]);
  message.data = JSON.stringify(Object.fromEntries(filled));
});

document.addEventListener(
  "click",
  (event) => {
    const button = event.target.closest?.("button[hx-ws\\:send]");
    if (!button || (body.dataset.connection === "connected" && body.dataset.transport === "websocket")) return;
    event.stopImmediatePropagation();
    const detail = JSON.parse(button.getAttribute("hx-vals"));
    if (!document.dispatchEvent(new CustomEvent("parley:send", { detail, cancelable: true }))) return;
    const words = "Not connected. Try again when the connection is back.";
    document.dispatchEvent(new CustomEvent("parley:toast", { detail: words }));
  },
  true,
);
