import { refKey, ServiceRef, struct } from '@signalbox/core'
import { emptyCommit } from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { fromStore } from '../ask.ts'
import { fault } from '../failure.ts'
import { thrownDetail } from '../log.ts'
import type { Principal } from '../principal.ts'
import { handlingOf } from '../rehearsal/handling.ts'
import { json } from '../reply.ts'
import type { Reply } from '../reply.ts'
import type { Route } from '../route.ts'
import { CommandBody, sendCommand } from './commands.ts'
import { readPlace } from './cursor.ts'
import type { Place } from './cursor.ts'
import { Name } from './fields.ts'
import { createIdempotency, keyOf, partOf } from './idempotency.ts'
import type { Idempotency } from './idempotency.ts'
import { failureReply, invalid, trouble } from './problems.ts'
import { SIGNALBOX } from './role.ts'
import { control } from './route.ts'
import { listServices, ServiceFilter } from './services.ts'
import type { Site } from './site.ts'

/** The route that sends one command to many services, each of which is answered by itself. */
export const bulkRoutes = (site: Site): ReadonlyArray<Route> => {
  const idempotency = createIdempotency(site)
  return [
    control('operator', {
      method: 'POST',
      path: '/bulk',
      name: 'sendMany',
      summary:
        'Sends a command to many services, and answers for each in order; with progress as application/x-ndjson',
      body: { kind: 'json', codec: BulkBody, mediaTypes: ['application/json'] },
      responses: { 200: t.readonlyArray(BulkItem, 'BulkItems') },
      handle: async ({ id, method, headers, principal, body }) => {
        const key = keyOf(headers)
        if (E.isLeft(key)) return key.left
        const { command } = body
        const asked = { key: key.right, principal, body }
        const refs = await servicesOf(site, idempotency, asked)
        if (E.isLeft(refs)) return refs.left
        const one = async (ref: ServiceRef): Promise<BulkItem> => {
          const part = { caller: principal.id, key: partOf(key.right, refKey(ref)), said: body }
          const call = { principal, ref, event: command, id }
          const { status, body: text = '' } = await caught(site, () =>
            idempotency.once(part, (receipt) => sendCommand(site, call, { receipt })),
          )
          return { ...ref, status, body: JSON.parse(String(text)) as unknown }
        }
        const lines = (headers.get('accept') ?? '').includes(NDJSON)
        const type = { 'content-type': lines ? NDJSON : 'application/json' }
        const parts = partsOf(refs.right, one, lines ? LINES : ARRAY, site.draining)
        // A rehearsal ends before it is told of.
        const dry = handlingOf({ method, headers }) === 'dry-run'
        return { status: 200, headers: type, body: dry ? await whole(parts) : streamOf(parts) }
      },
    }),
  ]
}

// -- internals

const NDJSON = 'application/x-ndjson'

const MOST_SERVICES = 1_000

const MOST_FOUND = 10_000

// How many commands are under way at once.
const AT_ONCE = 8

const PROGRESS_EVERY = 50

const PAGE = 500

const BulkBody = struct(
  { command: CommandBody },
  {
    services: t.readonlyArray(struct({ provider: Name, tenant: Name, id: Name }, {}, 'ServiceRef')),
    filter: ServiceFilter,
  },
  'Bulk',
)
type BulkBody = t.TypeOf<typeof BulkBody>

const BulkItem = t.strict(
  {
    provider: t.string,
    tenant: t.string,
    id: t.string,
    status: t.number,
    body: t.unknown,
  },
  'BulkItem',
)
type BulkItem = t.TypeOf<typeof BulkItem>

const Refs = t.readonlyArray(ServiceRef)

// The services that a request is about. They are kept with its key, for the request when it comes again.
const servicesOf = async (
  site: Site,
  idempotency: Idempotency,
  {
    key,
    principal,
    body,
  }: { readonly key: string | undefined; readonly principal: Principal; readonly body: BulkBody },
): Promise<E.Either<Reply, ReadonlyArray<ServiceRef>>> => {
  let found: ReadonlyArray<ServiceRef> = []
  const reply = await idempotency.once(
    { caller: principal.id, key, said: body },
    async (receipt) => {
      const wanted = await wantedBy(site, principal, body)
      if (E.isLeft(wanted)) return wanted.left
      found = wanted.right
      const kept = json(200, found)
      if (receipt === undefined) return kept
      const stored = await site.committer.commit({ ...emptyCommit, receipt: receipt(kept) })
      return E.isLeft(stored) ? failureReply(fromStore(stored.left)) : kept
    },
  )
  if (reply.status !== 200) return E.left(reply)
  if (key === undefined || found.length > 0) return E.right(found)
  const read = Refs.decode(JSON.parse(String(reply.body)))
  // What is kept with the key is the reply to a single command.
  return E.isLeft(read)
    ? E.left(trouble('idempotency-mismatch', 'This key was used for another request.'))
    : E.right(read.right)
}

const wantedBy = async (
  site: Site,
  principal: Principal,
  { services, filter }: BulkBody,
): Promise<E.Either<Reply, ReadonlyArray<ServiceRef>>> => {
  if ((services === undefined) === (filter === undefined))
    return E.left(invalid([{ pointer: '', rule: 'either services or filter expected' }]))
  if (filter !== undefined) return findServices(site, principal, filter)
  const keys = (services ?? []).map(refKey)
  const twice = keys.findIndex((key, at) => keys.indexOf(key) !== at)
  if (twice !== -1)
    return E.left(invalid([{ pointer: `/services/${twice}`, rule: 'each service once expected' }]))
  return keys.length > MOST_SERVICES
    ? E.left(invalid([{ pointer: '/services', rule: `at most ${MOST_SERVICES} expected` }]))
    : E.right(services ?? [])
}

// Reads every page, so that a command which changes what the filter is about does not change who is meant.
const findServices = async (
  site: Site,
  principal: Principal,
  filter: NonNullable<BulkBody['filter']>,
): Promise<E.Either<Reply, ReadonlyArray<ServiceRef>>> => {
  const found: Array<ServiceRef> = []
  let after: Place | undefined
  for (;;) {
    const page = await listServices(site, principal, { ...filter, after, limit: PAGE })
    if (E.isLeft(page)) return page
    const { items, next } = page.right
    found.push(...items.map(({ provider, tenant, id }) => ({ provider, tenant, id })))
    if (found.length > MOST_FOUND)
      return E.left(
        invalid([
          { pointer: '/filter', rule: `a filter that at most ${MOST_FOUND} pass expected` },
        ]),
      )
    if (next === undefined) return E.right(found)
    after = readPlace(next)
  }
}

const caught = async (site: Site, work: () => Promise<Reply>): Promise<Reply> => {
  try {
    return await work()
  } catch (thrown) {
    const detail = thrownDetail(thrown)
    site.log('error', 'request.fault', { plugin: SIGNALBOX, ...detail })
    return failureReply(fault(detail.message))
  }
}

/** How an answer that has many parts is written. */
interface Spelling {
  readonly begin: string
  readonly item: (item: BulkItem, first: boolean) => string
  readonly progress: (progress: BulkProgress) => string
  readonly end: string
}

interface BulkProgress {
  readonly done: number
  readonly total: number
  readonly succeeded: number
}

const LINES: Spelling = {
  begin: '',
  item: (item) => `${JSON.stringify(item)}\n`,
  progress: (progress) => `${JSON.stringify({ progress })}\n`,
  end: '',
}

const ARRAY: Spelling = {
  begin: '[',
  item: (item, first) => `${first ? '' : ','}${JSON.stringify(item)}`,
  progress: () => '',
  end: ']',
}

// Whoever stops to ask for parts stops what has not begun.
const partsOf = async function* (
  refs: ReadonlyArray<ServiceRef>,
  one: (ref: ServiceRef) => Promise<BulkItem>,
  { begin, item: spell, progress, end }: Spelling,
  draining: AbortSignal,
): AsyncGenerator<string, undefined> {
  const total = refs.length
  const running: Array<Promise<BulkItem>> = []
  let begun = 0
  let succeeded = 0
  yield `${begin}${progress({ done: 0, total, succeeded })}`
  for (let done = 1; done <= total; done += 1) {
    if (draining.aborted) throw new Error('the host is stopping')
    for (const ref of refs.slice(begun, begun + AT_ONCE - running.length)) {
      running.push(one(ref))
      begun += 1
    }
    const item = await running.shift()
    if (item === undefined) break
    if (item.status < 300) succeeded += 1
    const told = done % PROGRESS_EVERY === 0 || done === total
    yield `${spell(item, done === 1)}${told ? progress({ done, total, succeeded }) : ''}`
  }
  yield end
  return undefined
}

const whole = async (parts: AsyncGenerator<string, undefined>): Promise<string> => {
  let text = ''
  for await (const part of parts) text += part
  return text
}

const streamOf = (parts: AsyncGenerator<string, undefined>): ReadableStream<Uint8Array> =>
  new ReadableStream({
    pull: async (controller) => {
      const { done, value = '' } = await parts.next()
      if (done === true) controller.close()
      else controller.enqueue(encoder.encode(value))
    },
    cancel: async () => {
      await parts.return(undefined)
    },
  })

const encoder = new TextEncoder()
