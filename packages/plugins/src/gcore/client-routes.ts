import type { DocumentWrite } from '@signalbox/core/store'
import { handle } from '@signalbox/host'
import type { Incoming, Principal, Reply, Route } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { pipe } from 'fp-ts/lib/function.js'
import { told } from './activity.ts'
import { fieldErrors, forbidden, inUseStill, notFound, refuse } from './answers.ts'
import { inUse, offeredTo, takenFrom } from './availability.ts'
import { readClientPatch } from './bodies.ts'
import { mayWrite } from './caller.ts'
import type { Caller } from './caller.ts'
import { renderClient } from './client.ts'
import type { ClientRecord } from './client-record.ts'
import type { Directory } from './directory.ts'
import type { BodyErrors } from './fields.ts'
import { inOrder, readClientQuery } from './filters.ts'
import { envelopeOf, pageOf, readPaging } from './paging.ts'
import { ClientPath, id, jsonBody } from './paths.ts'
import { answered, insist, replied, replyWith, sightOf, unlessCommon } from './parts.ts'
import type { Answered, Mount, RouteParts, RoutesAt, Sighted } from './parts.ts'
import type { Failure } from '@signalbox/host'
import { Client, ClientPatch, listCodec } from './wire.ts'

/**
 * Accounts: clients, and the resellers' own.
 *
 * @see https://gcore.com/docs/api-reference/iam-resellers/clients
 */
export const clientRoutes: RoutesAt = (parts, at) => [
  clientList(parts, at),
  ownClient(parts, at),
  clientRead(parts, at),
  clientWrite(parts, at, 'PATCH'),
  // Old clients put what newer ones patch.
  ...(at.base === '' ? [clientWrite(parts, at, 'PUT')] : []),
]

/** Shows accounts to a caller, each with what its reseller offers. */
const showAll = (
  directory: Directory,
  { userId }: Caller,
  records: ReadonlyArray<ClientRecord>,
): TE.TaskEither<Failure, ReadonlyArray<Client>> =>
  pipe(
    TE.traverseArray((reseller: number) =>
      pipe(
        directory.defaults(reseller),
        TE.map((defaults) => [reseller, defaults] as const),
      ),
    )([...new Set(records.map(({ reseller }) => reseller))]),
    TE.map((all) => new Map(all)),
    TE.map((defaults) =>
      records.map((record) => renderClient(record, defaults.get(record.reseller) ?? {}, userId)),
    ),
  )

// -- internals

const CLIENTS = '/clients'
const CLIENT = `${CLIENTS}/${id('clientId')}`

const clientList = (parts: RouteParts, { base, prefix }: Mount): Route => {
  const { directory } = parts
  return handle<undefined, undefined, undefined, Caller>({
    method: 'GET',
    path: `${base}${CLIENTS}`,
    name: `${prefix}client.list`,
    summary: 'List the clients in sight',
    responses: { 200: listCodec(Client) },
    sight: unlessCommon(parts),
    handle: async (request) => {
      const query = readClientQuery(request.url.searchParams)
      const paging = readPaging(request.url.searchParams)
      if (E.isLeft(query) || E.isLeft(paging))
        return fieldErrors(request, {
          ...(E.isLeft(query) ? query.left : {}),
          ...(E.isLeft(paging) ? paging.left : {}),
        })
      const { types, filters } = query.right
      const pages = paging.right
      const found = await TE.traverseArray((type: ClientRecord['type']) =>
        directory.inSight(request.sight, type),
      )(types)()
      if (E.isLeft(found)) return refuse(request, found.left)
      const records = inOrder(
        query.right,
        found.right.flat().filter((record) => filters.every((holds) => holds(record))),
      )
      return replyWith(
        request,
        pipe(
          showAll(directory, request.sight, pageOf(records, pages)),
          TE.map((shown) =>
            pages === undefined ? shown : envelopeOf(request.url, pages, records.length, shown),
          ),
        ),
      )
    },
  })
}

const ownClient = (parts: RouteParts, { base, prefix }: Mount): Route =>
  handle({
    method: 'GET',
    path: `${base}${CLIENTS}/me`,
    name: `${prefix}client.me`,
    summary: "Show the caller's own account",
    responses: { 200: Client },
    handle: async (request) => {
      const caller = parts.directory.caller(request.principal)
      return caller.accountId === undefined
        ? notFound(request)
        : show(parts, request, caller, caller.accountId)
    },
  })

const clientRead = (parts: RouteParts, { base, prefix }: Mount): Route =>
  handle<ClientPath, undefined, undefined, Sighted>({
    method: 'GET',
    path: `${base}${CLIENT}`,
    name: `${prefix}client.get`,
    summary: 'Show a client',
    responses: { 200: Client },
    params: ClientPath,
    sight: sightOf(parts),
    handle: async (request) => show(parts, request, request.sight.caller, request.params.clientId),
  })

const show = (
  { directory }: RouteParts,
  request: Incoming,
  caller: Caller,
  account: number,
): Promise<Reply> =>
  replyWith(
    request,
    pipe(
      directory.settled(account),
      TE.flatMap((record) => showAll(directory, caller, record === undefined ? [] : [record])),
      TE.map(([shown]) => shown),
    ),
  )

const clientWrite = (
  parts: RouteParts,
  { base, prefix }: Mount,
  method: 'PATCH' | 'PUT',
): Route => {
  const sight = sightOf(parts)
  return handle<ClientPath, undefined, unknown, Sighted>({
    method,
    path: `${base}${CLIENT}`,
    name: `${prefix}client.${method.toLowerCase()}`,
    summary: 'Change some members of a client',
    responses: { 200: Client },
    params: ClientPath,
    body: jsonBody(ClientPatch),
    sight: async (request) => {
      const sighted = await sight(request)
      if (E.isLeft(sighted)) return sighted
      const { caller, client } = sighted.right
      // A reseller's own account is the configuration's.
      return mayWrite(caller) && client.type === 'common' ? sighted : E.left(forbidden(request))
    },
    handle: async (request) => {
      const patch = readClientPatch(request.body)
      if (E.isLeft(patch)) return fieldErrors(request, patch.left)
      const written = await insist(() => write(parts, request, patch.right))
      if (E.isLeft(written)) return replied(request, written.left)
      const { caller } = request.sight
      const shown = await show(parts, request, caller, request.params.clientId)
      if (shown.status === 200) told.add(shown)
      return shown
    },
  })
}

type Patch = Extract<ReturnType<typeof readClientPatch>, { readonly _tag: 'Right' }>['right']

type WriteRequest = Incoming & {
  readonly principal: Principal
  readonly params: ClientPath
  readonly bytes: Uint8Array
  readonly sight: Sighted
}

const write = async (
  { directory, services, trail, clock }: RouteParts,
  request: WriteRequest,
  patch: Patch,
): Promise<E.Either<Failure | Answered, void>> => {
  const held = await directory.held(request.params.clientId)()
  if (E.isLeft(held)) return held
  if (held.right === undefined) return answered(notFound(request))
  const { record, revision } = held.right
  const errors = faultsOf(directory, request.sight.caller, record, patch)
  if (Object.keys(errors).length > 0) return answered(fieldErrors(request, errors))
  const line = await trail.begin(request)
  if (E.isLeft(line)) return line
  const body = patched(directory, record, patch, clock.now())
  const offers = await offersAfter({ directory, services }, request, record, body)
  if (E.isLeft(offers)) return offers
  return services.write([
    ...offers.right,
    {
      kind: 'client',
      id: String(record.id),
      tenant: String(body.reseller),
      body,
      expected: revision,
    },
    ...trail.records(request, line.right, { actions: 'client.update', status: 200 }),
  ])()
}

// Who changes resellers is offered what the new one offers; whoever changes that writes the same record.
const offersAfter = async (
  { directory, services }: Pick<RouteParts, 'directory' | 'services'>,
  request: Incoming,
  before: ClientRecord,
  after: ClientRecord,
): Promise<E.Either<Failure | Answered, ReadonlyArray<Omit<DocumentWrite, 'provider'>>>> => {
  if (before.reseller === after.reseller) return E.right([])
  const id = String(after.reseller)
  const stored = await services.document('availability', id)()
  if (E.isLeft(stored)) return stored
  const old = await directory.defaults(before.reseller)()
  if (E.isLeft(old)) return old
  const next = await directory.defaults(after.reseller)()
  if (E.isLeft(next)) return next
  const taken = takenFrom(before, offeredTo(before, old.right), offeredTo(after, next.right))
  if (taken.length > 0) return answered(inUseStill(request, inUse(taken)))
  const { body = {}, revision = 0 } = stored.right ?? {}
  return E.right([{ kind: 'availability', id, tenant: id, body, expected: revision }])
}

const faultsOf = (
  { callers, resellers }: Directory,
  caller: Caller,
  record: ClientRecord,
  { reseller, seller }: Patch,
): BodyErrors => {
  const moves = reseller !== undefined && reseller !== record.reseller
  const owner = reseller ?? record.reseller
  const knows = callers.some(
    ({ role, userId, accountId }) => role === 'seller' && userId === seller && accountId === owner,
  )
  return {
    ...(moves && caller.role !== 'admin' ? { reseller: ['You cannot change the reseller.'] } : {}),
    ...(moves && caller.role === 'admin' && !resellers.includes(reseller)
      ? { reseller: [unknownKey(reseller)] }
      : {}),
    ...(typeof seller === 'number' && seller !== record.seller && !knows
      ? { seller: [unknownKey(seller)] }
      : {}),
  }
}

const unknownKey = (key: number): string => `Invalid pk "${key}" - object does not exist.`

const patched = (
  { callers }: Directory,
  record: ClientRecord,
  patch: Patch,
  updated: number,
): ClientRecord => {
  const reseller = patch.reseller ?? record.reseller
  const seller = patch.seller === undefined ? record.seller : patch.seller
  // A seller stays with its reseller.
  const stays = callers.some(({ userId, accountId }) => userId === seller && accountId === reseller)
  return {
    ...record,
    email: patch.email ?? record.email,
    companyName: patch.companyName ?? record.companyName,
    customId: patch.custom_id === undefined ? record.customId : patch.custom_id,
    name: patch.name ?? record.name,
    phone: patch.phone === undefined ? record.phone : patch.phone,
    isTest: patch.is_test ?? record.isTest,
    reseller,
    seller: reseller === record.reseller || stays ? seller : null,
    updated,
  }
}
