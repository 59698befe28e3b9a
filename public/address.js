/** A page that answers a form, or says what was done, takes the address of what it shows: a reload does nothing a second time. */
const { address } = document.body.dataset;

if (address && location.pathname + location.search !== address)
  history.replaceState(history.state, "", address + location.hash);
