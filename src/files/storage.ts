/** Where the bytes of files lie, by id. The disk beside the database today; whatever keeps blobs by name can stand behind it. */
export interface FileStorage {
  /** Throws away what a crash left half-written. Once, before anything else. */
  recover(): Promise<void>;
  /**
   * Keeps bytes under an id, all of them or none: when it resolves they are on the disk; when it rejects, nothing of them is.
   * @throws Refusal SERVICE_UNAVAILABLE when there is no space, or whatever the bytes themselves throw
   */
  put(id: string, bytes: AsyncIterable<Uint8Array>): Promise<void>;
  /** The bytes from one place up to before another, read when they are asked for; undefined when there are none under that id. */
  open(id: string, from: number, to: number): Promise<Blob | undefined>;
  /** Does nothing when there is nothing. */
  remove(id: string): Promise<void>;
  /** Every id there is. */
  list(): AsyncIterable<string>;
}
