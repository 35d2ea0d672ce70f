import type { Lifecycle, ServiceRef, State } from '@signalbox/core'
import { commandFor, contextOf, judgeWrite, readWrite, renderService } from '@signalbox/core/gcore'
import type { FieldErrors, ServiceWrite } from '@signalbox/core/gcore'
import { actorOf, command, handle, list, read } from '@signalbox/host'
import type { Failure, Incoming, Principal, Reply, Route, Services } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as t from 'io-ts'
import { fieldErrors, forbidden, notFound, ok, refuse } from './answers.ts'
import { availabilityOf } from './availability.ts'
import { mayWrite, sees } from './caller.ts'
import type { Caller } from './caller.ts'
import type { ClientRecord } from './client-record.ts'
import { renderClient, renderServices } from './client.ts'
import type { Account } from './client.ts'
import type { Directory } from './directory.ts'
import { haveServices, inOrder, needsServices, readClientQuery } from './filters.ts'
import type { ClientQuery } from './filters.ts'
import { envelopeOf, pageOf, readPaging } from './paging.ts'
import type { Paging } from './paging.ts'
import { PROVIDER } from './provider.ts'
import type { PluginSettings } from './settings.ts'

/** What the routes are made of. */
export interface RouteParts {
  readonly lifecycle: Lifecycle
  readonly settings: PluginSettings
  readonly services: Services
  readonly directory: Directory
}

/**
 * Every route that is served.
 *
 * @see https://gcore.com/docs/api-reference/iam-resellers/services
 */
export const routesOf = (parts: RouteParts): ReadonlyArray<Route> => [
  ...clientRoutes(parts),
  serviceList(parts),
  serviceRead(parts),
  serviceWrite(parts, 'PUT'),
  serviceWrite(parts, 'PATCH'),
]

// -- internals

const PathId = new t.Type<number, unknown, unknown>(
  'PathId',
  (u): u is number => typeof u === 'number',
  (u, c) =>
    typeof u === 'string' && /^[0-9]{1,15}$/.test(u) ? t.success(Number(u)) : t.failure(u, c),
  t.identity,
)

const ClientPath = t.strict({ clientId: PathId }, 'ClientPath')
type ClientPath = t.TypeOf<typeof ClientPath>

const ServicePath = t.strict({ clientId: PathId, serviceId: PathId }, 'ServicePath')
type ServicePath = t.TypeOf<typeof ServicePath>

// An id that is not one makes a path that is not one.
const CLIENTS = '/iam/clients'
const CLIENT = `${CLIENTS}/:clientId{[0-9]{1,15}}`
const SERVICES = `${CLIENT}/services`
const SERVICE = `${SERVICES}/:serviceId{[0-9]{1,15}}`

const BODY_LIMIT = 1_048_576

const refOf = ({ clientId, serviceId }: ServicePath): ServiceRef => ({
  provider: PROVIDER,
  tenant: String(clientId),
  id: String(serviceId),
})

interface Sighted {
  readonly caller: Caller
  readonly client: ClientRecord
}

type Request<Params> = Incoming & { readonly principal: Principal; readonly params: Params }

// Absence and being out of sight are answered alike.
const sightOf =
  ({ directory }: RouteParts) =>
  async <Params extends ClientPath>(
    request: Request<Params>,
  ): Promise<E.Either<Reply, Sighted>> => {
    const caller = directory.caller(request.principal)
    const found = await directory.find(request.params.clientId)()
    if (E.isLeft(found)) return E.left(refuse(request, found.left))
    const client = found.right
    return client !== undefined && sees(caller, client)
      ? E.right({ caller, client })
      : E.left(notFound(request))
  }

const serviceList = (parts: RouteParts): Route =>
  list<ClientPath, undefined, undefined, Sighted>({
    method: 'GET',
    path: SERVICES,
    name: 'service.list',
    summary: 'List the services of a client',
    params: ClientPath,
    sight: sightOf(parts),
    lifecycle: parts.lifecycle,
    list: ({ params }) =>
      E.right({ provider: PROVIDER, tenant: String(params.clientId), limit: 100 }),
    reply: (_request, { items }) => ok(renderServices(parts.settings, items)),
  })

const serviceRead = (parts: RouteParts): Route =>
  read<ServicePath, undefined, undefined, Sighted>({
    method: 'GET',
    path: SERVICE,
    name: 'service.get',
    summary: 'Show a service of a client',
    params: ServicePath,
    sight: sightOf(parts),
    lifecycle: parts.lifecycle,
    ref: ({ params }) => refOf(params),
    reply: (_request, state) => ok(renderService(parts.settings, state)),
  })

const serviceWrite = (parts: RouteParts, method: 'PUT' | 'PATCH'): Route => {
  const { lifecycle, settings, services } = parts
  const sight = sightOf(parts)
  return command<ServicePath, undefined, unknown, Sighted>({
    method,
    path: SERVICE,
    name: method === 'PUT' ? 'service.put' : 'service.patch',
    summary:
      method === 'PUT'
        ? 'Request a status of a service, and write its options'
        : 'Change some members of a service',
    params: ServicePath,
    body: {
      kind: 'json',
      codec: t.unknown,
      mediaTypes: ['application/json'],
      ifEmpty: {},
      limit: BODY_LIMIT,
    },
    // A service that is not there is answered before the caller's permission and the body are looked at.
    sight: async (request) => {
      const sighted = await sight(request)
      if (E.isLeft(sighted)) return sighted
      const present = await services.load(lifecycle, refOf(request.params))()
      if (E.isLeft(present)) return E.left(refuse(request, present.left))
      if (present.right === undefined) return E.left(notFound(request))
      return mayWrite(sighted.right.caller) ? sighted : E.left(forbidden(request))
    },
    lifecycle,
    commands: [...Object.values(commandFor), 'service.configure'],
    ref: ({ params }) => refOf(params),
    submit: (request, state) => {
      if (state === undefined) return E.left(notFound(request))
      return pipe(
        readWrite(settings, state, { method, body: request.body }),
        E.flatMap((write) =>
          judgeWrite(settings, state, {
            write,
            actor: actorOf(request.principal),
            available: isOffered(request.sight.client, state),
          }),
        ),
        E.bimap(
          (errors) => fieldErrors(request, errors),
          (events) => ({ events }),
        ),
      )
    },
    reply: ({ body }, { before, state }) =>
      ok(
        renderService(settings, state),
        ignoredIn(readWrite(settings, before ?? state, { method, body })),
      ),
  })
}

const isOffered = (client: ClientRecord, state: State): boolean =>
  availabilityOf(client).some(
    ({ product_name: product, available }) => available && product === contextOf(state).name,
  )

const ignoredIn = (
  written: E.Either<FieldErrors, ServiceWrite>,
): Readonly<Record<string, string>> =>
  E.isRight(written) && written.right.ignored.length > 0
    ? { 'x-ignored': written.right.ignored.join(', ') }
    : {}

const clientRoutes = (parts: RouteParts): ReadonlyArray<Route> => {
  const { directory, settings } = parts
  const show = (caller: Caller) => (account: Account) =>
    renderClient(settings, account, caller.userId)
  return [
    handle<undefined, undefined, undefined, Caller>({
      method: 'GET',
      path: CLIENTS,
      name: 'client.list',
      summary: 'List the clients in sight',
      sight: async (request) => {
        const caller = directory.caller(request.principal)
        return caller.role === 'common' ? E.left(forbidden(request)) : E.right(caller)
      },
      handle: async (request) => {
        const query = readClientQuery(request.url.searchParams)
        const paging = readPaging(request.url.searchParams)
        if (E.isLeft(query) || E.isLeft(paging))
          return fieldErrors(request, {
            ...(E.isLeft(query) ? query.left : {}),
            ...(E.isLeft(paging) ? paging.left : {}),
          })
        const caller = request.sight
        const { right: pages } = paging
        return replyWith(
          request,
          pipe(
            findClients(parts, { caller, query: query.right, paging: pages }),
            TE.map(({ count, accounts }) => {
              const shown = accounts.map(show(caller))
              return pages === undefined ? shown : envelopeOf(request.url, pages, count, shown)
            }),
          ),
        )
      },
    }),
    handle({
      method: 'GET',
      path: `${CLIENTS}/me`,
      name: 'client.me',
      summary: "Show the caller's own account",
      handle: async (request) => {
        const caller = directory.caller(request.principal)
        if (caller.accountId === undefined) return notFound(request)
        return replyWith(
          request,
          pipe(
            directory.find(caller.accountId),
            TE.flatMap((record) => openIf(directory, record)),
            TE.map((account) => account && show(caller)(account)),
          ),
        )
      },
    }),
    handle<ClientPath, undefined, undefined, Sighted>({
      method: 'GET',
      path: CLIENT,
      name: 'client.get',
      summary: 'Show a client',
      params: ClientPath,
      sight: sightOf(parts),
      handle: async (request) => {
        const { caller, client } = request.sight
        return replyWith(request, pipe(directory.open(client), TE.map(show(caller))))
      },
    }),
  ]
}

interface Found {
  readonly count: number
  readonly accounts: ReadonlyArray<Account>
}

// Only a query about services needs everybody's; otherwise those of the page are enough.
const findClients = (
  { directory, settings }: RouteParts,
  {
    caller,
    query,
    paging,
  }: {
    readonly caller: Caller
    readonly query: ClientQuery
    readonly paging: Paging | undefined
  },
): TE.TaskEither<Failure, Found> =>
  pipe(
    TE.traverseArray(directory.all)(query.types),
    TE.map((lists) =>
      lists
        .flat()
        .filter((record) => sees(caller, record) && query.records.every((holds) => holds(record))),
    ),
    TE.flatMap((records) =>
      needsServices(query)
        ? directory.openAll(records)
        : TE.right(records.map((record): Account => ({ record, services: [] }))),
    ),
    TE.map((accounts) => inOrder(settings, query, haveServices(settings, query, accounts))),
    TE.flatMap((accounts) => {
      const page = pageOf(accounts, paging)
      const opened = needsServices(query)
        ? TE.right(page)
        : directory.openAll(page.map(({ record }) => record))
      return pipe(
        opened,
        TE.map((complete) => ({ count: accounts.length, accounts: complete })),
      )
    }),
  )

const openIf = (
  directory: Directory,
  record: ClientRecord | undefined,
): TE.TaskEither<Failure, Account | undefined> =>
  record === undefined ? TE.right(undefined) : directory.open(record)

const replyWith = async (
  request: Incoming,
  question: TE.TaskEither<Failure, unknown>,
): Promise<Reply> => {
  const answer = await question()
  if (E.isLeft(answer)) return refuse(request, answer.left)
  return answer.right === undefined ? notFound(request) : ok(answer.right)
}
