/** One durable thing a client was told. */
export interface Heard {
  readonly seq: number;
  readonly id: number;
  readonly type: "message" | "change" | "task" | "other";
  readonly room: string;
  readonly clientId: string | undefined;
  readonly text: string | undefined;
}

/** A socket that neither opens nor closes must not hold up a test for ever. */
export function impatient(socket: WebSocket, reject: (error: Error) => void): void {
  setTimeout(() => {
    reject(new Error(`no welcome in 20 s, the socket is in state ${socket.readyState}`));
  }, 20_000).unref();
}

/** What is wrong with a log of seqs, in words; empty when it is the expected one exactly. */
export function faultsOf(seqs: readonly number[], expected: readonly number[]): string[] {
  const faults: string[] = [];
  for (let index = 1; index < seqs.length; index += 1) {
    const [before = 0, now = 0] = [seqs[index - 1], seqs[index]];
    if (now === before) faults.push(`${now} came twice in a row`);
    else if (now < before) faults.push(`${now} came after ${before}`);
  }
  const known = new Set(seqs);
  const gaps = expected.filter((seq) => !known.has(seq));
  if (gaps.length > 0) faults.push(`${gaps.length} missing, first ${gaps[0]}`);
  const wanted = new Set(expected);
  const strange = seqs.filter((seq) => !wanted.has(seq));
  if (strange.length > 0) faults.push(`${strange.length} that are nobody's, first ${strange[0]}`);
  return faults.slice(0, 5);
}
