/** One thing that `parley doctor` looked at. */
export interface Finding {
  readonly what: string;
  readonly ok: boolean;
  readonly words: string;
}
