/** An origin to resolve against; it is never shown and never asked. */
const here = "http://here";

/**
 * The place of this server that an address names, written so that every browser reads it as that; undefined for whatever could lead
 * elsewhere, or back to the sign-in page. It is how a link survives a sign-in, and no way to send people to other sites.
 */
export function localPath(given: string | undefined): string | undefined {
  if (given === undefined || given.length > 1_000 || !/^\/(?!\/)[^\\\p{Cc}]*$/u.test(given)) return undefined;
  const url = URL.parse(given, here);
  if (url?.origin !== here) return undefined;
  const path = url.pathname + url.search + url.hash;
  // Dots may have been resolved into a second slash.
  if (!/^\/(?!\/)/.test(path) || /^\/sign-(in|out)$/.test(url.pathname)) return undefined;
  return path;
}

/**
 * Where a stranger is sent who asks for a page: to the door, which leads on to where they wanted to go.
 * @param isOver whether they came with a session that is one no more
 */
export function doorFor({ url, method }: { url: string; method: string }, isOver = false): string {
  const { pathname, search } = new URL(url);
  const wanted = ["GET", "HEAD"].includes(method) ? localPath(pathname + search) : undefined;
  const query = new URLSearchParams();
  if (isOver) query.set("over", "1");
  if (wanted && wanted !== "/") query.set("next", wanted);
  return query.size === 0 ? "/sign-in" : `/sign-in?${query}`;
}
