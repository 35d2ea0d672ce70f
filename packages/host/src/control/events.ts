import { struct } from '@signalbox/core'
import type { JournalPage } from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { ask } from '../ask.ts'
import type { Failure } from '../failure.ts'
import type { Mounted } from '../plugin.ts'
import { seesTenant } from '../principal.ts'
import { json } from '../reply.ts'
import type { Reply } from '../reply.ts'
import type { Route } from '../route.ts'
import { Limit, Name, USUAL_LIMIT } from './fields.ts'
import { CloudEvent, eventOf, JournalLine, lineView, readJournal } from './journal.ts'
import type { JournalFilter } from './journal.ts'
import { failureReply, invalid, nothingHere } from './problems.ts'
import type { MemberError } from './problems.ts'
import { control } from './route.ts'
import { SERVICE, ServiceParams } from './services.ts'
import { findProvider } from './site.ts'
import type { Site } from './site.ts'
import { createFeed, EARLIEST } from './stream.ts'

/** The routes that tell what has happened: of one service, of all as pages, and of all as it happens. */
export const eventRoutes = (site: Site, admit: Mounted['admit']): ReadonlyArray<Route> => {
  const feed = createFeed(site)
  return [
    control('viewer', {
      method: 'GET',
      path: `${SERVICE}/history`,
      name: 'showHistory',
      summary:
        'Lists what happened to a service, oldest first: who, when, from, to, and what was refused',
      params: ServiceParams,
      query: struct({}, { after: Name, limit: Limit }),
      responses: { 200: History },
      handle: async ({ principal, params: ref, query: { after, limit = USUAL_LIMIT } }) => {
        const provider = findProvider(site, principal, ref.provider)
        if (E.isLeft(provider)) return provider.left
        if (!seesTenant(principal, ref.tenant)) return nothingHere()
        const read = await readJournal(site, principal, { ref }, { after, limit })
        if (E.isLeft(read)) return cursorReply(site, after, read.left, PARAMETER)
        const { entries, cursor, more } = read.right
        if (entries.length === 0) {
          const held = await ask(site.store.load(ref))
          if (E.isLeft(held)) return failureReply(held.left)
          if (held.right === undefined) return nothingHere()
        }
        return json(200, { items: entries.map(lineView), next: (more && cursor) || null })
      },
    }),
    control('viewer', {
      method: 'GET',
      path: '/events',
      name: 'listEvents',
      summary:
        'Lists the journal as CloudEvents; `next` is where to read on, also when there is no more yet; behind `latest` there is nothing yet',
      query: struct({}, { ...filter, after: Name, limit: Limit }),
      responses: { 200: EventPage },
      handle: async ({ principal, query: { after: asked, limit = USUAL_LIMIT, ...wanted } }) => {
        const place = await placeOf(site, asked)
        if (E.isLeft(place)) return failureReply(place.left)
        const { right: after } = place
        const read = await readJournal(site, principal, filterOf(wanted), { after, limit })
        if (E.isLeft(read)) return cursorReply(site, after, read.left, PARAMETER)
        const { entries, cursor, more } = read.right
        return json(200, { items: entries.map(eventOf), next: cursor ?? EARLIEST, more })
      },
    }),
    control('viewer', {
      method: 'GET',
      path: '/events/stream',
      name: 'streamEvents',
      summary:
        'Streams the journal as server-sent events, from `after` or `Last-Event-ID` on; from now on with `after=latest`',
      query: struct({}, { ...filter, after: Name }),
      responses: { 200: t.string },
      responseType: 'text/event-stream',
      handle: async (request) => {
        const {
          method,
          headers,
          principal,
          query: { after, ...wanted },
        } = request
        const seen = headers.get('last-event-id')
        const begin = await placeOf(site, seen ?? after)
        if (E.isLeft(begin)) return failureReply(begin.left)
        const { right: from } = begin
        // A place that the store did not make is told now: a stream that has begun has no status any more.
        const first = await readJournal(site, principal, filterOf(wanted), {
          after: from,
          limit: 1,
        })
        if (E.isLeft(first))
          return cursorReply(site, from, first.left, seen === null ? PARAMETER : HEADER)
        return {
          status: 200,
          headers: { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' },
          ...(method === 'GET' && {
            body: feed({
              principal,
              filter: filterOf(wanted),
              after: from,
              holds: async () => E.isRight(await admit(request)),
            }),
          }),
        }
      },
    }),
  ]
}

/** The cursor of the store for a place as callers say it: `earliest`, `latest`, or what an earlier answer gave. */
export const placeOf = async (
  { store }: Site,
  asked: string | undefined,
): Promise<E.Either<Failure, string | undefined>> => {
  if (asked === EARLIEST) return E.right(undefined)
  if (asked !== LATEST) return E.right(asked)
  return E.map(({ cursor }: JournalPage) => cursor)(
    await ask(store.journal({ latest: true, limit: 1 })),
  )
}

// -- internals

const LATEST = 'latest'

const filter = { provider: Name, tenant: Name, service: Name, type: Name, outcome: Name }

const History = t.strict(
  { items: t.readonlyArray(JournalLine), next: t.union([t.string, t.null]) },
  'History',
)

const EventPage = t.strict(
  {
    items: t.readonlyArray(CloudEvent),
    next: t.string,
    more: t.boolean,
  },
  'EventPage',
)

const PARAMETER: MemberError = {
  parameter: 'after',
  rule: 'the `next` of an earlier page expected',
}

const HEADER: MemberError = { header: 'last-event-id', rule: 'the id of an earlier event expected' }

const filterOf = ({
  provider,
  tenant,
  service,
  ...rest
}: {
  readonly provider?: string
  readonly tenant?: string
  readonly service?: string
  readonly type?: string
  readonly outcome?: string
}): JournalFilter =>
  provider !== undefined && tenant !== undefined && service !== undefined
    ? { ref: { provider, tenant, id: service }, ...rest }
    : {
        ...(provider !== undefined && { provider }),
        ...(tenant !== undefined && { tenant }),
        ...(service !== undefined && { service }),
        ...rest,
      }

// A place that the store did not make is the caller's mistake, and no failure of the store.
const cursorReply = async (
  { store }: Site,
  after: string | undefined,
  failure: Failure,
  error: MemberError,
): Promise<Reply> =>
  after !== undefined && E.isRight(await ask(store.ping()))
    ? invalid([error])
    : failureReply(failure)
