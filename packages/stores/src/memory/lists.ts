import type { JournalEntry, State } from '@signalbox/core'
import { byCodePoint } from '@signalbox/core/store'
import type {
  Document,
  DocumentQuery,
  JournalPage,
  JournalQuery,
  Page,
  StateQuery,
} from '@signalbox/core/store'
import { countedCursor, locatedCursor, pageOf, readCounted, readLocated } from '../cursor.ts'
import { placeOf, serviceKey } from './tables.ts'
import type { Tables } from './tables.ts'

/** A page of states: it walks the provider's refs from the cursor on, until the page is full. */
export const listStates = (tables: Tables, query: StateQuery): Page<State> => {
  const refs = tables.refs.get(query.provider) ?? []
  const start =
    query.after === undefined ? 0 : placeOf(refs, readLocated(query.after), { beyond: true })
  const found: Array<State> = []
  for (let at = start; at < refs.length && found.length <= query.limit; at += 1) {
    const ref = refs[at]
    const state = ref && tables.states.get(serviceKey(ref))
    if (state !== undefined && matches(query, state)) found.push(state)
  }
  return pageOf(found, query.limit, {
    item: (state) => state,
    cursor: (state) => locatedCursor(state.ref),
  })
}

/** A page of the journal. */
export const listJournal = (
  { journal }: Tables,
  { after, latest, limit, provider, tenant, ref }: JournalQuery,
): JournalPage => {
  if (latest === true) {
    const cursor = journal.length === 0 ? undefined : countedCursor(journal.length)
    return { entries: [], cursor, more: false }
  }
  const wanted = (entry: JournalEntry): boolean =>
    (provider === undefined || entry.ref.provider === provider) &&
    (tenant === undefined || entry.ref.tenant === tenant) &&
    (ref === undefined || serviceKey(entry.ref) === serviceKey(ref))
  const found: Array<JournalPage['entries'][number]> = []
  for (let at = readCounted(after); at < journal.length && found.length <= limit; at += 1) {
    const entry = journal[at]
    if (entry !== undefined && wanted(entry))
      found.push({ ...entry, cursor: countedCursor(at + 1) })
  }
  const entries = found.slice(0, limit)
  return { entries, cursor: entries.at(-1)?.cursor ?? after, more: found.length > limit }
}

/** A page of documents. */
export const listDocuments = (
  { documents }: Tables,
  { provider, kind, tenant, after, limit }: DocumentQuery,
): Page<Document> => {
  const rows = [...documents.values()]
    .filter(
      (document) =>
        document.provider === provider &&
        document.kind === kind &&
        (tenant === undefined || document.tenant === tenant) &&
        (after === undefined || byCodePoint(document.id, after) > 0),
    )
    .toSorted((a, b) => byCodePoint(a.id, b.id))
  return pageOf(rows, limit, { item: (document) => document, cursor: ({ id }) => id })
}

// -- internals

const matches = (
  { lifecycle, tenant, statuses, label, done = 'exclude', afterId }: StateQuery,
  state: State,
): boolean =>
  (lifecycle === undefined || state.lifecycle === lifecycle) &&
  (tenant === undefined || state.ref.tenant === tenant) &&
  (statuses === undefined || statuses.includes(state.status)) &&
  (label === undefined ||
    (Object.hasOwn(state.labels, label.name) && state.labels[label.name] === label.value)) &&
  (done === 'include' || state.done === (done === 'only')) &&
  (tenant === undefined || afterId === undefined || byCodePoint(state.ref.id, afterId) > 0)
