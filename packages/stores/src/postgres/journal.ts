import type { JournalEntry } from '@signalbox/core'
import type { JournalPage, JournalQuery } from '@signalbox/core/store'
import { condition, given, selection } from '../selection.ts'
import type { Condition } from '../selection.ts'
import { unreadable } from '../cursor.ts'
import type { Connection } from './database.ts'

/** The place of an entry: its transaction in its era, and its number. */
export interface Place {
  readonly era: number | string
  readonly xid: string
  readonly id: number | string
}

/** Spells the place of an entry. */
export const journalCursor = ({ era, xid, id }: Place): string => `${era}.${xid}.${id}`

/**
 * A page of the journal. Entries are ordered by the transaction that wrote them and shown once no older transaction is
 * under way, so that none comes late: one that takes long delays what is behind it, and is not skipped.
 */
export const listJournal = async (
  { all }: Connection,
  query: JournalQuery,
): Promise<JournalPage> => {
  const { tenant, provider, ref, after, latest, limit } = query
  if (latest === true) {
    const [last] = await all<Place>(LAST)
    return { entries: [], cursor: last && journalCursor(last), more: false }
  }
  const anyProvider = tenant !== undefined && provider === undefined && ref === undefined
  const of = anyProvider ? condition('provider = known.provider') : undefined
  const { sql, values } = selectionOf(query, of)
  const rows = await (anyProvider
    ? all<Row>(`${PROVIDERS} cross join lateral (${sql}) as found ${ORDER}`, ...values, limit + 1)
    : all<Row>(sql, ...values))
  const entries = rows.slice(0, limit).map(toEntry)
  return { entries, cursor: entries.at(-1)?.cursor ?? after, more: rows.length > limit }
}

// -- internals

interface Row extends Place {
  readonly body: string
}

// A transaction is over when its id is below that of the oldest one that is under way.
const OVER =
  '(era, xid) < ((select era from signalbox.store), pg_snapshot_xmin(pg_current_snapshot()))'

const LAST = `
  select era, xid, id from signalbox.journal where ${OVER} order by era desc, xid desc, id desc limit 1`

// Leaps from one provider to the next in the index, so that a tenant's entries are read from an index for each of them.
const PROVIDERS = `
  with recursive known (provider) as (
    select min(provider) from signalbox.journal
    union all
    select (select min(provider) from signalbox.journal where provider > known.provider)
    from known where known.provider is not null
  )
  select found.era, found.xid, found.id, found.body from known`

const ORDER = 'order by found.era, found.xid, found.id limit ?'

const selectionOf = (
  { after, limit, tenant, provider, ref }: JournalQuery,
  of: Condition | undefined,
): Condition =>
  selection({
    columns: 'era, xid, id, body',
    from: 'signalbox.journal',
    where: [
      condition(OVER),
      ...(of === undefined ? [] : [of]),
      ...given('provider = ?', provider),
      ...given('tenant = ?', tenant),
      ...(ref === undefined
        ? []
        : [
            condition(
              'provider = ? and tenant = ? and service = ?',
              ref.provider,
              ref.tenant,
              ref.id,
            ),
          ]),
      ...placeOf(after),
    ],
    order: 'era, xid, id',
    limit: limit + 1,
  })

const placeOf = (after: string | undefined): ReadonlyArray<Condition> => {
  if (after === undefined) return []
  const [, era, xid, id] = /^(\d{1,9})\.(\d{1,19})\.(\d{1,18})$/.exec(after) ?? []
  if (era === undefined || xid === undefined || id === undefined) throw unreadable(after)
  return [condition('(era, xid, id) > (?::integer, ?::xid8, ?::bigint)', era, xid, id)]
}

const toEntry = ({ body, ...place }: Row): JournalPage['entries'][number] => {
  const entry: JournalEntry = JSON.parse(body)
  return { ...entry, cursor: journalCursor(place) }
}
