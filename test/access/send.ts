/** What somebody shows with a request or at an upgrade. */
export interface Shown {
  readonly cookie?: string;
  readonly bearer?: string;
}

/** A request as the table writes it. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly json?: object;
  readonly form?: Record<string, string>;
  /** A file, as it is. */
  readonly bytes?: Uint8Array<ArrayBuffer>;
  readonly accept?: string;
}

/** What came of it. */
export interface Come {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape are looked into by tests
  readonly json: any;
}

/** As a browser would with a cookie, as a program would without one. */
export function headersOf(http: string, { cookie, bearer }: Shown): Record<string, string> {
  if (cookie !== undefined) return { cookie, origin: http };
  return bearer === undefined ? {} : { authorization: `Bearer ${bearer}` };
}

export async function send(
  http: string,
  shown: Shown,
  { method, path, json, form, bytes, accept }: Asked,
): Promise<Come> {
  const headers = headersOf(http, shown);
  if (accept !== undefined) headers.accept = accept;
  if (json !== undefined) headers["content-type"] = "application/json";
  const body = bytes ?? (json === undefined ? form && new URLSearchParams(form) : JSON.stringify(json));
  const answer = await fetch(http + path, { method, headers, body, redirect: "manual" });
  const text = await answer.text();
  const isJson = /^application\/json\b/.test(answer.headers.get("content-type") ?? "");
  return { status: answer.status, text, headers: answer.headers, json: isJson ? JSON.parse(text) : undefined };
}

/** The token of the session that an answer began. */
export function comeBy({ status, text, headers }: Come): string {
  const token = /parley_session=([^;]+)/.exec(headers.get("set-cookie") ?? "")?.[1];
  if (status !== 303 || token === undefined) throw new Error(`nobody came in: ${status} ${text}`);
  return token;
}
