import type { JournalEntry } from '@signalbox/core'
import type { JournalPage, JournalQuery } from '@signalbox/core/store'
import { countedCursor, readCounted } from '../cursor.ts'
import type { Connection } from './database.ts'
import { rowsOf } from './lines.ts'
import type { Numbers } from './numbers.ts'

/**
 * The journal, in the order in which it was written. SQLite lets one transaction write at a time, so that numbers become
 * visible in the order in which they are given. Whoever prunes must leave the last row, or its number is given again.
 */
export interface JournalTable {
  /** Answers the number of the entry. */
  readonly write: (entry: JournalEntry) => number
  readonly list: (query: JournalQuery) => JournalPage
}

/** Opens the journal. */
export const journalTable = ({ all, insert }: Connection, numbers: Numbers): JournalTable => ({
  write: (entry) => {
    const { provider, tenant, id } = entry.ref
    return insert(INSERT, provider, tenant, id, JSON.stringify(entry))
  },
  list: (query) => {
    const { tenant, provider, ref, after, latest, limit } = query
    if (latest === true) {
      const [last] = all<Pick<Row, 'seq'>>(LAST)
      return { entries: [], cursor: last && countedCursor(last.seq), more: false }
    }
    const from = readCounted(after)
    const found =
      (ref ?? tenant ?? provider) === undefined
        ? all<Row>(NEXT, from, limit + 1)
        : rowsOf(numbers('entries', query, from), limit + 1, (of) => all<Row>(ROWS, of))
    const entries = found.slice(0, limit).map(toEntry)
    return { entries, cursor: entries.at(-1)?.cursor ?? after, more: found.length > limit }
  },
})

// -- internals

interface Row {
  readonly seq: number
  readonly body: string
}

const LAST = 'select seq from journal order by seq desc limit 1'

const INSERT = 'insert into journal (provider, tenant, id, body) values (?, ?, ?, ?)'

const NEXT = 'select seq, body from journal where seq > ? order by seq limit ?'
const ROWS = `
  select seq, body from journal where seq in (select value from json_each(?)) order by seq`

const toEntry = ({ seq, body }: Row): JournalPage['entries'][number] => {
  const entry: JournalEntry = JSON.parse(body)
  return { ...entry, cursor: countedCursor(seq) }
}
