import type { ServiceRef } from '@signalbox/core'
import { createServices, serviceNames } from '@signalbox/core/gcore'
import type { DocumentWrite } from '@signalbox/core/store'
import { handle, json } from '@signalbox/host'
import type { Failure, Incoming, Principal, Route } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { pipe } from 'fp-ts/lib/function.js'
import { told } from './activity.ts'
import { fieldErrors, notFound, refuse } from './answers.ts'
import { readNewUser } from './bodies.ts'
import { sees } from './caller.ts'
import type { Caller } from './caller.ts'
import type { ClientRecord, UserRecord } from './client-record.ts'
import type { Directory } from './directory.ts'
import type { BodyErrors } from './fields.ts'
import { envelopeOf, pageOf, readPaging } from './paging.ts'
import { hashPassword } from './passwords.ts'
import { id, jsonBody, UserPath } from './paths.ts'
import { answered, insist, replied, replyWith, unlessCommon } from './parts.ts'
import type { Answered, Mount, RouteParts, RoutesAt } from './parts.ts'
import { PROVIDER } from './provider.ts'
import { resellerOf } from './resellers.ts'
import { renderUser, userTypeOf } from './user.ts'
import { listCodec, NewUser, User } from './wire.ts'

/**
 * Users; the creation of one makes a client with its services.
 *
 * @see https://gcore.com/docs/api-reference/iam-resellers/users
 */
export const userRoutes: RoutesAt = (parts, at) => [
  userList(parts, at),
  userRead(parts, at),
  userCreate(parts, at),
]

// -- internals

const USERS = '/users'

const userList = (parts: RouteParts, { base, prefix }: Mount): Route => {
  const { directory } = parts
  return handle({
    method: 'GET',
    path: `${base}${USERS}`,
    name: `${prefix}user.list`,
    summary: 'List the users in sight',
    responses: { 200: listCodec(User) },
    handle: async (request) => {
      const paging = readPaging(request.url.searchParams)
      if (E.isLeft(paging)) return fieldErrors(request, paging.left)
      const pages = paging.right
      const caller = directory.caller(request.principal)
      return replyWith(
        request,
        pipe(
          accountsOf(directory, caller),
          TE.map((accounts) => {
            const users = accounts
              .flatMap((account) => account.users.map((user) => show(directory, account, user)))
              .toSorted((a, b) => a.id - b.id)
            const shown = pageOf(users, pages)
            return pages === undefined ? shown : envelopeOf(request.url, pages, users.length, shown)
          }),
        ),
      )
    },
  })
}

const userRead = (parts: RouteParts, { base, prefix }: Mount): Route => {
  const { directory } = parts
  return handle<UserPath>({
    method: 'GET',
    path: `${base}${USERS}/${id('userId')}`,
    name: `${prefix}user.get`,
    summary: 'Show a user',
    responses: { 200: User },
    params: UserPath,
    handle: async (request) => {
      const caller = directory.caller(request.principal)
      const found = await directory.user(request.params.userId)()
      if (E.isLeft(found)) return refuse(request, found.left)
      const member = found.right
      return member === undefined || !sees(caller, member.account)
        ? notFound(request)
        : json(200, show(directory, member.account, member.user))
    },
  })
}

const userCreate = (parts: RouteParts, { base, prefix }: Mount): Route =>
  handle<undefined, undefined, unknown, Caller>({
    method: 'POST',
    path: `${base}${USERS}`,
    name: `${prefix}user.create`,
    summary: 'Make a client, its first user and its services',
    body: jsonBody(NewUser),
    responses: { 201: User },
    sight: unlessCommon(parts),
    handle: async (request) => {
      const { directory } = parts
      const read = readNewUser(request.body)
      const reseller = resellerOf(directory, request.sight, request)
      if (E.isLeft(read) || E.isLeft(reseller))
        return fieldErrors(request, {
          ...(E.isLeft(reseller) ? reseller.left : {}),
          ...(E.isLeft(read) ? read.left : {}),
        })
      const errors = {
        ...sellerFault(directory, reseller.right, read.right.seller),
        ...repeatedProducts(read.right.services ?? []),
      }
      if (Object.keys(errors).length > 0) return fieldErrors(request, errors)
      const password = await hashPassword(read.right.password)
      const made = await insist(() =>
        create(parts, request, { body: read.right, reseller: reseller.right, password }),
      )
      if (E.isLeft(made)) return replied(request, made.left)
      const [user] = made.right.users
      if (user === undefined) return notFound(request)
      const reply = json(201, show(directory, made.right, user))
      told.add(reply)
      return reply
    },
  })

const accountsOf = (
  directory: Directory,
  caller: Caller,
): TE.TaskEither<Failure, ReadonlyArray<ClientRecord>> =>
  caller.role === 'common'
    ? pipe(
        directory.find(caller.accountId ?? 0),
        TE.map((account) => (account === undefined ? [] : [account])),
      )
    : pipe(
        TE.traverseArray((type: ClientRecord['type']) => directory.inSight(caller, type))([
          'reseller',
          'common',
        ]),
        TE.map((lists) => lists.flat()),
      )

const show = ({ callers }: Directory, account: ClientRecord, user: UserRecord): User => {
  const role = callers.find(({ userId }) => userId === user.id)?.role ?? 'common'
  return renderUser(account, user, userTypeOf(role))
}

const sellerFault = (
  { callers }: Directory,
  reseller: number,
  seller: number | null | undefined,
): BodyErrors =>
  typeof seller !== 'number' ||
  callers.some(
    ({ role, userId, accountId }) =>
      role === 'seller' && userId === seller && accountId === reseller,
  )
    ? {}
    : { seller: [`Invalid pk "${seller}" - object does not exist.`] }

type Body = Extract<ReturnType<typeof readNewUser>, { readonly _tag: 'Right' }>['right']

const repeatedProducts = (services: NonNullable<Body['services']>): BodyErrors => {
  const faults = services.flatMap(({ product_name: name }, index) =>
    services.findIndex((other) => other.product_name === name) < index
      ? [`services[${index}].product_name: Duplicate product "${name}".`]
      : [],
  )
  return faults.length > 0 ? { services: faults } : {}
}

interface Making {
  readonly body: Body
  readonly reseller: number
  /** Hashed. */
  readonly password: string
}

type Asked = Incoming & {
  readonly principal: Principal
  readonly bytes: Uint8Array
  readonly sight: Caller
}

// One change: the client, its user, its services and the line of the log, or nothing of it.
const create = async (
  parts: RouteParts,
  request: Asked,
  making: Making,
): Promise<E.Either<Failure | Answered, ClientRecord>> => {
  const { services, lifecycle, trail } = parts
  const address = making.body.email.toLowerCase()
  const taken = (): E.Either<Answered, never> =>
    answered(fieldErrors(request, { email: ['User with this email already exists.'] }))
  if (isConfigured(parts, address)) return taken()
  const known = await services.document('email', address)()
  if (E.isLeft(known)) return known
  if (known.right !== undefined) return taken()
  const offers = await services.document('availability', String(making.reseller))()
  if (E.isLeft(offers)) return offers
  const made = await recordOf(parts, request, making)
  if (E.isLeft(made)) return made
  const { record, firstService } = made.right
  const line = await trail.begin(request)
  if (E.isLeft(line)) return line
  const tenant = String(record.id)
  const owner = String(making.reseller)
  const [user] = record.users
  const documents: ReadonlyArray<Omit<DocumentWrite, 'provider'>> = [
    { kind: 'client', id: tenant, tenant: owner, body: record, expected: 0 },
    { kind: 'user', id: String(user?.id), tenant, body: { client: record.id }, expected: 0 },
    { kind: 'email', id: address, tenant, body: { user: user?.id ?? 0 }, expected: 0 },
    {
      kind: 'password',
      id: String(user?.id),
      tenant,
      body: { scrypt: making.password },
      expected: 0,
    },
    // Whoever changes what the reseller offers writes this one too, and so knows of every client.
    {
      kind: 'availability',
      id: owner,
      tenant: owner,
      body: offers.right?.body ?? {},
      expected: offers.right?.revision ?? 0,
    },
    ...serviceNames.map((_, index) => ({
      kind: 'service',
      id: String(firstService + index),
      tenant,
      body: { client: record.id },
      expected: 0,
    })),
    ...trail.records(request, line.right, { actions: 'user.create', status: 201 }),
  ]
  const events = createServices({ client: record.id, firstId: firstService })
  const refs = events.map((event): ServiceRef => ({
    provider: PROVIDER,
    tenant,
    id: String(event.id),
  }))
  const sent = await services.submitAll<never>(
    lifecycle,
    refs,
    request.principal,
    () =>
      E.right(
        events.map((event, index) => ({
          events: [event],
          documents:
            index === 0 ? documents.map((write) => ({ ...write, provider: PROVIDER })) : [],
        })),
      ),
    { request: request.id },
  )()
  if (E.isRight(sent)) return E.right(record)
  const failure = sent.left
  return failure._tag === 'Refused' ? answered(notFound(request)) : E.left(failure)
}

const isConfigured = ({ settings, directory }: RouteParts, address: string): boolean =>
  directory.callers.some(({ userId }) => settings.users?.[userId]?.email?.toLowerCase() === address)

const recordOf = async (
  { numbers, clock }: RouteParts,
  { sight: caller }: Asked,
  { body, reseller }: Making,
): Promise<E.Either<Failure, { readonly record: ClientRecord; readonly firstService: number }>> => {
  const client = await numbers.take('client')
  if (E.isLeft(client)) return client
  const user = await numbers.take('user')
  if (E.isLeft(user)) return user
  const service = await numbers.take('service', serviceNames.length)
  if (E.isLeft(service)) return service
  const now = clock.now()
  const name = body.name ?? null
  return E.right({
    firstService: service.right,
    record: {
      id: client.right,
      type: 'common',
      email: body.email,
      name: name ?? body.company,
      phone: body.phone ?? null,
      companyName: body.company,
      customId: body.custom_id ?? null,
      isTest: body.is_test ?? false,
      countryCode: body.country_code ?? null,
      reseller,
      seller: caller.role === 'seller' ? caller.userId : (body.seller ?? null),
      creator: caller.userId,
      users: [
        {
          id: user.right,
          email: body.email,
          name,
          phone: body.phone ?? null,
          lang: body.lang ?? 'en',
        },
      ],
      services: [],
      personal: Object.fromEntries(
        (body.services ?? []).flatMap(({ product_name: product, available }) =>
          typeof available === 'boolean' ? [[product, available]] : [],
        ),
      ),
      created: now,
      updated: now,
    },
  })
}
