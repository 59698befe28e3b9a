/**
 * What the house answers to one person, as an item among the messages. Nothing of it is stored: it has no id, and is gone with the page.
 * @param html safe HTML made on the server @param at wall time, ms
 */
export function renderNotice(html: string, at: number): string {
  const moment = new Date(at).toISOString();
  return `<li class="message aside" data-testid="notice" data-kind="system" data-at="${moment}"><div class="head"><b class="who">Parley</b><span class="tag">only you see this</span><span class="at"><time>${moment.slice(11, 16)}</time></span><button type="button" class="dismiss" data-action="dismiss" aria-label="Dismiss">Dismiss</button></div><div class="body" dir="auto" hx-ignore>${html}</div></li>`;
}
