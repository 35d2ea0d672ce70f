import { documentConflict } from '@signalbox/core/store'
import type {
  CommitFailure,
  Document,
  DocumentKey,
  DocumentQuery,
  DocumentWrite,
  Page,
} from '@signalbox/core/store'
import { pageOf } from '../cursor.ts'
import type { Connection } from './database.ts'
import { condition, given, selection } from '../selection.ts'

/** Providers' own records. */
export interface DocumentTable {
  readonly load: (key: DocumentKey) => Document | undefined
  readonly write: (write: DocumentWrite) => CommitFailure | undefined
  readonly list: (query: DocumentQuery) => Page<Document>
}

/** Opens the table of documents. */
export const documentTable = ({ one, all, run }: Connection): DocumentTable => ({
  load: ({ provider, kind, id }) => {
    const row = one<Row>(LOAD, provider, kind, id)
    return row && toDocument(row)
  },
  write: ({ provider, kind, id, tenant, body, expected }) => {
    const stored = one<{ readonly seq: number; readonly revision: number }>(
      FIND,
      provider,
      kind,
      id,
    )
    const actual = stored?.revision ?? 0
    if (expected !== undefined && actual !== expected)
      return documentConflict({ provider, kind, id }, expected, actual)
    if (stored === undefined && body !== null)
      run(INSERT, provider, kind, id, tenant, JSON.stringify(body))
    if (stored !== undefined && body !== null)
      run(UPDATE, tenant, actual + 1, JSON.stringify(body), stored.seq)
    if (stored !== undefined && body === null) run(DELETE, stored.seq)
    return undefined
  },
  list: ({ provider, kind, tenant, after, limit }) => {
    const { sql, values } = selection({
      columns: COLUMNS,
      from: 'document',
      where: [
        condition('provider = ? and kind = ?', provider, kind),
        ...given('tenant = ?', tenant),
        ...given('id > ?', after),
      ],
      order: 'id',
      limit: limit + 1,
    })
    return pageOf(all<Row>(sql, ...values), limit, { item: toDocument, cursor: ({ id }) => id })
  },
})

// -- internals

interface Row {
  readonly provider: string
  readonly kind: string
  readonly id: string
  readonly tenant: string
  readonly revision: number
  readonly body: string
}

const COLUMNS = 'provider, kind, id, tenant, revision, body'
const LOAD = `select ${COLUMNS} from document where provider = ? and kind = ? and id = ?`
const FIND = 'select seq, revision from document where provider = ? and kind = ? and id = ?'
const INSERT = `insert into document (provider, kind, id, tenant, revision, body)
  values (?, ?, ?, ?, 1, ?)`
const UPDATE = 'update document set tenant = ?, revision = ?, body = ? where seq = ?'
const DELETE = 'delete from document where seq = ?'

const toDocument = ({ body, ...row }: Row): Document => ({ ...row, body: JSON.parse(body) })
