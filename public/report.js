/** Tells the server once, after each connection, what only the page knows of how it came about. */
const mostQueued = 1_000;
let report = null;
let failed = { websocket: 0, http: 0 };

document.addEventListener("parley:failed", ({ detail }) => {
  failed[detail] += 1;
});
document.addEventListener("parley:carried", ({ detail: { cameBack } }) => {
  const waiting = document.querySelectorAll("#pending > li:not([data-failed])").length;
  report = { type: "report", reconnected: cameBack, queued: Math.min(waiting, mostQueued) };
});
document.addEventListener("parley:latency", ({ detail: latency }) => {
  if (!report) return;
  const frame = { ...report, latency, failedWebsocket: failed.websocket, failedHttp: failed.http };
  report = null;
  failed = { websocket: 0, http: 0 };
  document.dispatchEvent(new CustomEvent("parley:send", { detail: frame, cancelable: true }));
});
