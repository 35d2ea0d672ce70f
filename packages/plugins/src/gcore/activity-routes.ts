import { handle } from '@signalbox/host'
import type { Failure, Incoming, Principal, Reply, Route } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import type * as t from 'io-ts'
import {
  readLog,
  readRequest,
  renderChange,
  renderRequest,
  RequestEntry,
  StatusChange,
} from './activity.ts'
import { fieldErrors, forbidden, notFound, ok, refuse } from './answers.ts'
import { groups } from './caller.ts'
import type { Caller } from './caller.ts'
import { envelopeOf, readPaging, wholeList } from './paging.ts'
import { EntryPath, id } from './paths.ts'
import type { Mount, RouteParts, RoutesAt } from './parts.ts'
import { logCodec, LoggedChange, LoggedRequest } from './wire.ts'

/**
 * The log: who asked for what, what the system did by itself, and how accounts' own statuses changed.
 *
 * @see https://gcore.com/docs/api-reference/iam-resellers/activity-log
 */
export const activityRoutes: RoutesAt = (parts, at) => [
  logList(parts, at, 'account_status_changes', {
    kind: 'change',
    codec: StatusChange,
    render: renderChange,
    summary: "List how accounts' statuses changed",
    wire: LoggedChange,
  }),
  logList(parts, at, 'requests', {
    kind: 'request',
    codec: RequestEntry,
    render: renderRequest,
    summary: 'List who asked for what',
    wire: LoggedRequest,
  }),
  logEntry(parts, at),
]

// -- internals

interface Shown<A> {
  readonly kind: 'request' | 'change'
  readonly codec: t.Type<A, unknown, unknown>
  readonly render: (entry: A) => object
  readonly summary: string
  /** A line as clients read it. */
  readonly wire: t.Mixed
}

const logList = <A>(
  parts: RouteParts,
  { base, prefix }: Mount,
  name: string,
  { kind, codec, render, summary, wire }: Shown<A>,
): Route =>
  handle<undefined, undefined, undefined, Caller>({
    method: 'GET',
    path: `${base}/activity_log/${name}`,
    name: `${prefix}log.${name}`,
    summary,
    responses: { 200: logCodec(wire) },
    sight: readers(parts),
    handle: async (request) => {
      const paging = readPaging(request.url.searchParams)
      if (E.isLeft(paging)) return fieldErrors(request, paging.left)
      const pages = paging.right ?? wholeList
      const accounts = await accountsOf(parts, request.sight)
      if (E.isLeft(accounts)) return refuse(request, accounts.left)
      const query = { ...pages, accounts: accounts.right }
      const page = await readLog(parts.services, kind, codec, query)
      if (E.isLeft(page)) return refuse(request, page.left)
      const { count, items } = page.right
      const { results, ...envelope } = envelopeOf(request.url, pages, count, items.map(render))
      return ok({ ...envelope, result: results, results })
    },
  })

const logEntry = (parts: RouteParts, { base, prefix }: Mount): Route =>
  handle<EntryPath, undefined, undefined, Caller>({
    method: 'GET',
    path: `${base}/activity_log/requests/${id('id')}`,
    name: `${prefix}log.request`,
    summary: 'Show one line of the log of requests',
    responses: { 200: LoggedRequest },
    params: EntryPath,
    sight: readers(parts),
    handle: async (request) => {
      const entry = await readRequest(parts.services, request.params.id)
      if (E.isLeft(entry)) return refuse(request, entry.left)
      const accounts = await accountsOf(parts, request.sight)
      if (E.isLeft(accounts)) return refuse(request, accounts.left)
      return entry.right !== undefined &&
        (accounts.right === undefined || accounts.right.has(entry.right.client))
        ? ok(renderRequest(entry.right))
        : notFound(request)
    },
  })

const readers =
  ({ directory }: RouteParts) =>
  async (
    request: Incoming & { readonly principal: Principal },
  ): Promise<E.Either<Reply, Caller>> => {
    const caller = directory.caller(request.principal)
    return caller.role === 'common' && caller.group !== groups[0]
      ? E.left(forbidden(request))
      : E.right(caller)
  }

// The accounts in sight, everything that is due settled and told; all of them for an admin.
const accountsOf = async (
  { directory, services, lifecycle }: RouteParts,
  caller: Caller,
): Promise<E.Either<Failure, ReadonlySet<number> | undefined>> => {
  const own = caller.accountId === undefined ? [] : [caller.accountId]
  const settled = await services.settle(
    lifecycle,
    caller.role === 'common' ? { tenant: String(caller.accountId) } : {},
  )()
  if (E.isLeft(settled)) return settled
  if (caller.role === 'admin') return E.right(undefined)
  if (caller.role === 'common') return E.right(new Set(own))
  const clients = await directory.inSight(caller, 'common')()
  return E.map(
    (records: ReadonlyArray<{ readonly id: number }>) =>
      new Set([...own, ...records.map((record) => record.id)]),
  )(clients)
}
