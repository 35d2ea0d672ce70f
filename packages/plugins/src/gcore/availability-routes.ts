import { serviceNames } from '@signalbox/core/gcore'
import type { ServiceName } from '@signalbox/core/gcore'
import type { DocumentWrite } from '@signalbox/core/store'
import { handle } from '@signalbox/host'
import type { Failure, Incoming, Principal, Reply, Route } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { pipe } from 'fp-ts/lib/function.js'
import { told } from './activity.ts'
import { fieldErrors, forbidden, gone, inUseStill, notFound, ok } from './answers.ts'
import { availabilityOf, inUse, offeredTo, renderDefaults, takenFrom } from './availability.ts'
import type { Defaults } from './availability.ts'
import { readAvailability, readReset } from './bodies.ts'
import type { Caller } from './caller.ts'
import type { ClientRecord, Standing } from './client-record.ts'
import type { Held } from './directory.ts'
import { ClientPath, id, jsonBody } from './paths.ts'
import { answered, insist, replied, replyWith, sightOf, unlessCommon } from './parts.ts'
import type { Answered, Mount, RouteParts, RoutesAt, Sighted } from './parts.ts'
import { resellerOf } from './resellers.ts'
import * as t from 'io-ts'
import { ProductAvailability, ProductNames } from './wire.ts'

/**
 * Which products are available: a reseller's defaults, and what stands over them for one client.
 *
 * @see https://gcore.com/docs/api-reference/iam-resellers/products
 */
export const availabilityRoutes: RoutesAt = (parts, at) => [
  defaultsRead(parts, at),
  defaultsWrite(parts, at),
  resetAll(parts, at),
  clientRead(parts, at),
  clientWrite(parts, at),
  clientReset(parts, at),
]

// -- internals

const DEFAULTS = '/products/availability/defaults'
const CLIENTS = '/products/availability/clients'
const CLIENT = `${CLIENTS}/${id('clientId')}`

const UPDATE = { actions: 'availability.update', status: 200 } as const
const RESET = { actions: 'availability.reset', status: 204 } as const

type Write = Omit<DocumentWrite, 'provider'>

type Asked = Incoming & { readonly principal: Principal; readonly bytes: Uint8Array }

const defaultsRead = (parts: RouteParts, { base, prefix }: Mount): Route =>
  handle<undefined, undefined, undefined, Caller>({
    method: 'GET',
    path: `${base}${DEFAULTS}`,
    name: `${prefix}defaults.get`,
    summary: 'Show which products are available by default',
    responses: { 200: t.readonlyArray(ProductAvailability) },
    sight: unlessCommon(parts),
    handle: async (request) => {
      const reseller = resellerOf(parts.directory, request.sight, request)
      if (E.isLeft(reseller)) return fieldErrors(request, reseller.left)
      return replyWith(
        request,
        pipe(parts.directory.defaults(reseller.right), TE.map(renderDefaults)),
      )
    },
  })

const defaultsWrite = (parts: RouteParts, { base, prefix }: Mount): Route =>
  handle<undefined, undefined, unknown, Caller>({
    method: 'PATCH',
    path: `${base}${DEFAULTS}`,
    name: `${prefix}defaults.patch`,
    summary: 'Set whether a product is available by default',
    body: jsonBody(ProductAvailability),
    responses: { 200: ProductAvailability },
    sight: unlessSeller(parts),
    handle: async (request) => {
      const read = readAvailability(request.body)
      const reseller = resellerOf(parts.directory, request.sight, request)
      if (E.isLeft(read) || E.isLeft(reseller))
        return fieldErrors(request, {
          ...(E.isLeft(reseller) ? reseller.left : {}),
          ...(E.isLeft(read) ? read.left : {}),
        })
      const { product_name: product, available } = read.right
      const done = await insist(() =>
        changeDefaults(parts, request, reseller.right, (defaults) => ({
          ...defaults,
          [product]: available,
        })),
      )
      if (E.isLeft(done)) return replied(request, done.left)
      return tell(ok({ product_name: product, available }))
    },
  })

const resetAll = (parts: RouteParts, { base, prefix }: Mount): Route =>
  handle<undefined, undefined, unknown, Caller>({
    method: 'DELETE',
    path: `${base}${CLIENTS}`,
    name: `${prefix}availability.resetAll`,
    summary: 'Drop personal availability of all clients',
    body: jsonBody(ProductNames),
    responses: { 204: null },
    sight: unlessSeller(parts),
    handle: async (request) => {
      const read = readReset(request.body)
      const reseller = resellerOf(parts.directory, request.sight, request)
      if (E.isLeft(read) || E.isLeft(reseller))
        return fieldErrors(request, {
          ...(E.isLeft(reseller) ? reseller.left : {}),
          ...(E.isLeft(read) ? read.left : {}),
        })
      const dropped = read.right.product_names
      const done = await insist(() => dropPersonal(parts, request, reseller.right, dropped))
      return E.isLeft(done) ? replied(request, done.left) : tell(gone)
    },
  })

const clientRead = (parts: RouteParts, { base, prefix }: Mount): Route =>
  handle<ClientPath, undefined, undefined, Sighted>({
    method: 'GET',
    path: `${base}${CLIENT}`,
    name: `${prefix}availability.get`,
    summary: 'Show which products are available to a client',
    responses: { 200: t.readonlyArray(ProductAvailability) },
    params: ClientPath,
    sight: clientSight(parts),
    handle: async (request) => {
      const { client } = request.sight
      return replyWith(
        request,
        pipe(
          parts.directory.defaults(client.reseller),
          TE.map((defaults) => availabilityOf(client, defaults)),
        ),
      )
    },
  })

const clientWrite = (parts: RouteParts, { base, prefix }: Mount): Route =>
  handle<ClientPath, undefined, unknown, Sighted>({
    method: 'PATCH',
    path: `${base}${CLIENT}`,
    name: `${prefix}availability.patch`,
    summary: 'Set whether a product is available to a client',
    params: ClientPath,
    body: jsonBody(ProductAvailability),
    responses: { 200: ProductAvailability },
    sight: clientSight(parts),
    handle: async (request) => {
      const read = readAvailability(request.body)
      if (E.isLeft(read)) return fieldErrors(request, read.left)
      const { product_name: product, available } = read.right
      const done = await insist(() =>
        changePersonal(parts, request, request.params.clientId, UPDATE, (own) => ({
          ...own,
          [product]: available,
        })),
      )
      if (E.isLeft(done)) return replied(request, done.left)
      return tell(ok({ product_name: product, available }))
    },
  })

const clientReset = (parts: RouteParts, { base, prefix }: Mount): Route =>
  handle<ClientPath, undefined, unknown, Sighted>({
    method: 'DELETE',
    path: `${base}${CLIENT}`,
    name: `${prefix}availability.reset`,
    summary: 'Drop personal availability of a client',
    params: ClientPath,
    body: jsonBody(ProductNames),
    responses: { 204: null },
    sight: clientSight(parts),
    handle: async (request) => {
      const read = readReset(request.body)
      if (E.isLeft(read)) return fieldErrors(request, read.left)
      const dropped = read.right.product_names
      const done = await insist(() =>
        changePersonal(parts, request, request.params.clientId, RESET, (own) =>
          without(own, dropped),
        ),
      )
      return E.isLeft(done) ? replied(request, done.left) : tell(gone)
    },
  })

const unlessSeller =
  ({ directory }: RouteParts) =>
  async (
    request: Incoming & { readonly principal: Principal },
  ): Promise<E.Either<Reply, Caller>> => {
    const caller = directory.caller(request.principal)
    return caller.role === 'admin' || caller.role === 'reseller'
      ? E.right(caller)
      : E.left(forbidden(request))
  }

// Only clients have products.
const clientSight =
  (parts: RouteParts) =>
  async (
    request: Incoming & { readonly principal: Principal; readonly params: ClientPath },
  ): Promise<E.Either<Reply, Sighted>> => {
    const sighted = await sightOf(parts)(request)
    if (E.isLeft(sighted)) return sighted
    if (sighted.right.caller.role === 'common') return E.left(forbidden(request))
    return sighted.right.client.type === 'common' ? sighted : E.left(notFound(request))
  }

const tell = (reply: Reply): Reply => {
  const own = { ...reply }
  told.add(own)
  return own
}

const without = (
  personal: ClientRecord['personal'],
  dropped: ReadonlyArray<ServiceName>,
): ClientRecord['personal'] =>
  Object.fromEntries(
    Object.entries(personal).filter(([name]) => !dropped.some((product) => product === name)),
  )

const recordWrite = ({ record, revision }: Held, body: ClientRecord): Write => ({
  kind: 'client',
  id: String(record.id),
  tenant: String(record.reseller),
  body,
  expected: revision,
})

// Over the revision of the client's record, which every change of its services writes too: neither slips past the other.
const changePersonal = async (
  { directory, services, lifecycle, trail }: RouteParts,
  request: Asked,
  client: number,
  answer: { readonly actions: string; readonly status: number },
  change: (personal: ClientRecord['personal']) => ClientRecord['personal'],
): Promise<E.Either<Failure | Answered, void>> => {
  const settled = await services.settle(lifecycle, { tenant: String(client) })()
  if (E.isLeft(settled)) return settled
  const held = await directory.held(client)()
  if (E.isLeft(held)) return held
  if (held.right === undefined) return answered(notFound(request))
  const { record } = held.right
  const defaults = await directory.defaults(record.reseller)()
  if (E.isLeft(defaults)) return defaults
  const after = { ...record, personal: change(record.personal) }
  const taken = takenFrom(
    record,
    offeredTo(record, defaults.right),
    offeredTo(after, defaults.right),
  )
  if (taken.length > 0) return answered(inUseStill(request, inUse(taken)))
  const line = await trail.begin(request)
  if (E.isLeft(line)) return line
  return services.write([
    recordWrite(held.right, after),
    ...trail.records(request, line.right, answer),
  ])()
}

// Writes the records of all clients that it concerns, so that it comes before or after each change of their services.
const changeDefaults = (
  parts: RouteParts,
  request: Asked,
  reseller: number,
  change: (defaults: Defaults) => Defaults,
): Promise<E.Either<Failure | Answered, void>> =>
  changeMany(parts, request, reseller, {
    ...UPDATE,
    defaults: change,
  })

const dropPersonal = (
  parts: RouteParts,
  request: Asked,
  reseller: number,
  dropped: ReadonlyArray<ServiceName>,
): Promise<E.Either<Failure | Answered, void>> =>
  changeMany(parts, request, reseller, {
    ...RESET,
    record: (before) => ({ ...before, personal: without(before.personal, dropped) }),
  })

const changeMany = async (
  { directory, services, lifecycle, trail }: RouteParts,
  request: Asked,
  reseller: number,
  {
    actions,
    status,
    defaults: changeDefault = (before) => before,
    record: changeRecord = (before) => before,
  }: {
    readonly actions: string
    readonly status: number
    readonly defaults?: (before: Defaults) => Defaults
    readonly record?: (before: ClientRecord) => ClientRecord
  },
): Promise<E.Either<Failure | Answered, void>> => {
  const settled = await services.settle(lifecycle)()
  if (E.isLeft(settled)) return settled
  const stored = await services.document('availability', String(reseller))()
  if (E.isLeft(stored)) return stored
  const clients = await directory.clientsOf(reseller)()
  if (E.isLeft(clients)) return clients
  const before = await directory.defaults(reseller)()
  if (E.isLeft(before)) return before
  const after = changeDefault(before.right)
  const changed = clients.right.map((held) => {
    const record = changeRecord(held.record)
    const was = offeredTo(held.record, before.right)
    const is = offeredTo(record, after)
    const rewritten = Object.keys(record.personal).length < Object.keys(held.record.personal).length
    return {
      held,
      record,
      moved: rewritten || was.join() !== is.join(),
      taken: takenFrom(held.record, was, is),
    }
  })
  const taken: ReadonlyArray<Standing> = changed.flatMap((one) => one.taken)
  if (taken.length > 0) return answered(inUseStill(request, inUse(taken)))
  const line = await trail.begin(request)
  if (E.isLeft(line)) return line
  const body = Object.fromEntries(serviceNames.map((name) => [name, after[name] ?? true]))
  return services.write([
    {
      kind: 'availability',
      id: String(reseller),
      tenant: String(reseller),
      body,
      expected: stored.right?.revision ?? 0,
    },
    ...changed.filter(({ moved }) => moved).map(({ held, record }) => recordWrite(held, record)),
    ...trail.records(request, line.right, { actions, status }),
  ])()
}
