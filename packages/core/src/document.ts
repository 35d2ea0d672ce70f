import type { JsonObject } from './json.ts'

/** Names a provider's own record. */
export interface DocumentKey {
  readonly provider: string
  readonly kind: string
  readonly id: string
}

/** A provider's own record: not a service, but stored with the same guarantees. */
export interface Document extends DocumentKey {
  readonly tenant: string
  readonly body: JsonObject
  /** Counts the stored changes, from 1. */
  readonly revision: number
}

/** Writes or deletes a record over the revision that was read, 0 when there was none; without `expected`, whatever is there. */
export type DocumentWrite = DocumentKey & {
  readonly tenant: string
  readonly body: JsonObject | null
  readonly expected?: number
}

/** Asks for one kind of a provider's records; `after` is the cursor of the page before. */
export interface DocumentQuery {
  readonly provider: string
  readonly kind: string
  readonly tenant?: string
  readonly after?: string
  readonly limit: number
}
