import type { Claim, Receipt } from '@signalbox/core/store'

/** What a store holds under names that its port has to be told: for whoever copies a store. All of it throws what the driver throws. */
export interface Inventory {
  /** The providers that have services. */
  readonly providers: () => ReadonlyArray<string>
  /** The kinds of records that there are. */
  readonly kinds: () => ReadonlyArray<{ readonly provider: string; readonly kind: string }>
  /** The next number of each sequence. */
  readonly sequences: () => ReadonlyArray<{ readonly name: string; readonly next: number }>
  /** Claims behind a key, in order of their keys. */
  readonly claims: (after: string, limit: number) => ReadonlyArray<Claim>
  /** Counters behind a key, in order of their keys. */
  readonly quotas: (
    after: string,
    limit: number,
  ) => ReadonlyArray<{ readonly key: string; readonly count: number }>
  /** Receipts behind a key, in order of their keys. */
  readonly receipts: (after: string, limit: number) => ReadonlyArray<Receipt>
}
