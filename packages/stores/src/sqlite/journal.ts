import type { JournalEntry } from '@signalbox/core'
import type { JournalPage, JournalQuery } from '@signalbox/core/store'
import { countedCursor, readCounted } from '../cursor.ts'
import type { Connection } from './database.ts'
import { condition, given, selection } from '../selection.ts'
import type { Selection } from '../selection.ts'

/**
 * The journal, in the order in which it was written. SQLite lets one transaction write at a time, so that numbers become
 * visible in the order in which they are given. Whoever prunes must leave the last row, or its number is given again.
 */
export interface JournalTable {
  /** Answers the cursor behind the entry. */
  readonly write: (entry: JournalEntry) => string
  readonly list: (query: JournalQuery) => JournalPage
}

/** Opens the journal. */
export const journalTable = ({ all, insert }: Connection): JournalTable => ({
  write: (entry) => {
    const { provider, tenant, id } = entry.ref
    return countedCursor(insert(INSERT, provider, tenant, id, JSON.stringify(entry)))
  },
  list: (query) => {
    const { tenant, provider, ref, after, latest, limit } = query
    if (latest === true) {
      const [last] = all<Pick<Row, 'seq'>>(LAST)
      return { entries: [], cursor: last && countedCursor(last.seq), more: false }
    }
    const providers =
      tenant !== undefined && provider === undefined && ref === undefined
        ? all<{ readonly provider: string }>(PROVIDERS).map((row) => row.provider)
        : [provider]
    const found = providers
      .map((of) => selectionOf(query, of))
      .flatMap(({ sql, values }) => all<Row>(sql, ...values))
      .toSorted((a, b) => a.seq - b.seq)
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

// Leaps from one provider to the next in the index, so that a tenant's entries are read from an index for each of them.
const PROVIDERS = `
  with recursive known (provider) as (
    select min(provider) from journal
    union all
    select (select min(provider) from journal where provider > known.provider)
    from known where known.provider is not null
  )
  select provider from known where provider is not null`

const toEntry = ({ seq, body }: Row): JournalPage['entries'][number] => {
  const entry: JournalEntry = JSON.parse(body)
  return { ...entry, cursor: countedCursor(seq) }
}

const selectionOf = (
  { after, limit, tenant, ref }: JournalQuery,
  provider: string | undefined,
): Selection =>
  selection({
    columns: 'seq, body',
    from: 'journal',
    where: [
      ...given('provider = ?', provider),
      ...given('tenant = ?', tenant),
      ...(ref === undefined
        ? []
        : [condition('provider = ? and tenant = ? and id = ?', ref.provider, ref.tenant, ref.id)]),
      condition('seq > ?', readCounted(after)),
    ],
    order: 'seq',
    limit: limit + 1,
  })
