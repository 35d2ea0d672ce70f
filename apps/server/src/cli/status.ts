import type { Cell } from './table.ts'
import type { Style } from './terminal.ts'

/** A status in the vendor's word, coloured by what it comes to. */
export const statusCell = (status: string, canonical: string): Cell => ({
  text: status,
  style: styleOf(canonical),
})

/** The style of a canonical status, where it has one. */
export const styleOf = (canonical: string): Style | undefined => STYLES[canonical]

// -- internals

const STYLES: Readonly<Record<string, Style>> = {
  active: 'good',
  failed: 'bad',
  unknown: 'bad',
  creating: 'busy',
  updating: 'busy',
  deleting: 'busy',
  suspended: 'busy',
  deleted: 'faint',
}
