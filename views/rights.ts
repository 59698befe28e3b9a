/** What the reader may do, where that decides what is offered. */
export interface Rights {
  readonly write: boolean;
  readonly makeRooms: boolean;
  /** Into private rooms they are in. */
  readonly bringIn: boolean;
  /** What agents ask. */
  readonly answer: boolean;
  readonly hire: boolean;
  /** They have an account, and so settings of their own. */
  readonly account: boolean;
}
