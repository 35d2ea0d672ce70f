import { formatInstant } from '@signalbox/core/gcore'
import type { DocumentWrite } from '@signalbox/core/store'
import type { Failure, Reply, Services } from '@signalbox/host'
import type { Document } from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'

/** A line of the log of requests, as it is kept; `at` is in ms since the epoch. */
export const RequestEntry = t.readonly(
  t.strict({
    id: t.number,
    at: t.number,
    actions: t.string,
    data: t.string,
    user_email: t.string,
    client: t.number,
    token: t.number,
    path: t.string,
    remote_ip_address: t.string,
    host: t.string,
    method: t.string,
    query_params: t.string,
    status_code: t.number,
    user: t.number,
  }),
  'RequestEntry',
)
export type RequestEntry = t.TypeOf<typeof RequestEntry>

/** A change of an account's own status, as it is kept. */
export const StatusChange = t.readonly(
  t.strict({
    id: t.number,
    at: t.number,
    old_status: t.string,
    new_status: t.string,
    client: t.number,
  }),
  'StatusChange',
)
export type StatusChange = t.TypeOf<typeof StatusChange>

type Write = Omit<DocumentWrite, 'provider'>

/** The records of a line: itself where lists find it, newest first, and the way from its id to there. */
export const requestRecords = (entry: RequestEntry): ReadonlyArray<Write> => {
  const key = newestFirst(entry.at, entry.id)
  const tenant = String(entry.client)
  return [
    { kind: 'request', id: key, tenant, body: entry },
    { kind: 'request-key', id: String(entry.id), tenant, body: { key } },
  ]
}

/** The record of a change of an account's status. */
export const changeRecord = (change: StatusChange): Write => ({
  kind: 'change',
  id: newestFirst(change.at, change.id),
  tenant: String(change.client),
  body: change,
})

/** A line as clients see it. */
export const renderRequest = (entry: RequestEntry): object => ({
  id: entry.id,
  actions: entry.actions,
  data: entry.data,
  user_email: entry.user_email,
  client: entry.client,
  token: entry.token,
  requested_at: formatInstant(entry.at),
  path: entry.path,
  remote_ip_address: entry.remote_ip_address,
  host: entry.host,
  method: entry.method,
  query_params: entry.query_params,
  status_code: entry.status_code,
  reverted: entry.status_code >= 400,
  user: entry.user,
})

/** A change of an account's status as clients see it. */
export const renderChange = (change: StatusChange): object => ({
  id: change.id,
  status_change_at: formatInstant(change.at),
  old_status: change.old_status,
  new_status: change.new_status,
  federation_id: 'GCL',
  client: change.client,
})

/** What of a list is asked for, and whose. */
export interface LogQuery {
  readonly offset: number
  readonly limit: number
  /** The accounts whose lines are shown; undefined shows all. */
  readonly accounts: ReadonlySet<number> | undefined
}

/** A part of the log, and how much there is in all. */
export interface LogPage<A> {
  readonly count: number
  readonly items: ReadonlyArray<A>
}

/** Reads a part of one list of the log, newest first. */
export const readLog = async <A>(
  services: Services,
  kind: 'request' | 'change',
  codec: t.Type<A, unknown, unknown>,
  { offset, limit, accounts }: LogQuery,
): Promise<E.Either<Failure, LogPage<A>>> => {
  const items: Array<A> = []
  let count = 0
  const add = (document: Document): void => {
    if (accounts !== undefined && !accounts.has(Number(document.tenant))) return
    if (count >= offset && items.length < limit) {
      const entry = codec.decode(document.body)
      if (E.isLeft(entry)) return
      items.push(entry.right)
    }
    count += 1
  }
  const [only] = accounts ?? []
  // One account's lines are found by an index of their own.
  const tenant = accounts?.size === 1 ? { tenant: String(only) } : {}
  for (let after: string | undefined; ;) {
    const page = await services.documents({
      kind,
      limit: PAGE,
      ...tenant,
      ...(after === undefined ? {} : { after }),
    })()
    if (E.isLeft(page)) return page
    for (const document of page.right.items) add(document)
    if (page.right.next === undefined) return E.right({ count, items })
    after = page.right.next
  }
}

/** Reads one line of the log of requests by its id. */
export const readRequest = async (
  services: Services,
  id: number,
): Promise<E.Either<Failure, RequestEntry | undefined>> => {
  const key = await services.document('request-key', String(id))()
  if (E.isLeft(key) || key.right === undefined) return E.map(() => undefined)(key)
  const stored = await services.document('request', String(key.right.body['key']))()
  if (E.isLeft(stored)) return stored
  const entry = RequestEntry.decode(stored.right?.body)
  return E.right(E.isRight(entry) ? entry.right : undefined)
}

/** The text of a body as the log keeps it: secrets starred, and no longer than the log takes. */
export const dataOf = (bytes: Uint8Array): string => {
  const text = new TextDecoder().decode(bytes)
  const starred = withoutSecrets(text)
  const encoded = new TextEncoder().encode(starred.replaceAll('\0', ''))
  if (encoded.byteLength <= MOST_DATA) return starred.replaceAll('\0', '')
  // A character that the cut goes through is left out.
  return new TextDecoder().decode(encoded.subarray(0, MOST_DATA)).replace(/\uFFFD+$/, '')
}

/** How much of a body the log looks at, in bytes: more than it keeps, so that what is cut off was starred before. */
export const MOST_READ = 65_536

/** The replies whose line of the log is stored already, with the change that they tell of. */
export const told = new WeakSet<Reply>()

// -- internals

const PAGE = 1000
const MOST_DATA = 10_240

// Later than any instant, and above any id: what is newer sorts before.
const END = 10 ** 15

const newestFirst = (at: number, id: number): string =>
  `${String(END - at).padStart(16, '0')}-${String(END - id).padStart(16, '0')}`

const SECRET = /^(?:password|token|refresh|access|secret|api_?key)$/i

const withoutSecrets = (text: string): string => {
  try {
    let found = false
    const starred: unknown = JSON.parse(text, (name, value: unknown) => {
      if (!SECRET.test(name)) return value
      found = true
      return '***'
    })
    return found ? JSON.stringify(starred) : text
  } catch {
    return text.replaceAll(SECRET_MEMBER, '$1"***"')
  }
}

// In what is not JSON, a member is anything that looks like one.
const SECRET_MEMBER =
  /(["']?(?:password|token|refresh|access|secret|api_?key)["']?\s*[:=]\s*)(?:"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|[^\s,}&]+)/gi
