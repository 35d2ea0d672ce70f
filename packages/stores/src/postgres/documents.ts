import type { Document, DocumentKey, DocumentQuery, Page } from '@signalbox/core/store'
import { pageOf } from '../cursor.ts'
import { condition, given, selection } from '../selection.ts'
import type { Connection } from './database.ts'

/** A provider's own record, or undefined. */
export const loadDocument = async (
  { all }: Connection,
  { provider, kind, id }: DocumentKey,
): Promise<Document | undefined> => {
  const [row] = await all<Row>(LOAD, provider, kind, id)
  return row && toDocument(row)
}

/** A page of a provider's own records. */
export const listDocuments = async (
  { all }: Connection,
  { provider, kind, tenant, after, limit }: DocumentQuery,
): Promise<Page<Document>> => {
  const { sql, values } = selection({
    columns: COLUMNS,
    from: 'signalbox.document',
    where: [
      condition('provider = ? and kind = ?', provider, kind),
      ...given('tenant = ?', tenant),
      ...given('id > ?', after),
    ],
    order: 'id',
    limit: limit + 1,
  })
  const rows = await all<Row>(sql, ...values)
  return pageOf(rows, limit, { item: toDocument, cursor: ({ id }) => id })
}

// -- internals

interface Row {
  readonly provider: string
  readonly kind: string
  readonly id: string
  readonly tenant: string
  readonly revision: string
  readonly body: string
}

const COLUMNS = 'provider, kind, id, tenant, revision, body'
const LOAD = `select ${COLUMNS} from signalbox.document where provider = ? and kind = ? and id = ?`

const toDocument = ({ body, revision, ...row }: Row): Document => ({
  ...row,
  body: JSON.parse(body),
  revision: Number(revision),
})
