/** The version that a schema had when it was met, 0 when there was none, and the one that it has now. */
export interface Migrated {
  readonly from: number
  readonly to: number
}
