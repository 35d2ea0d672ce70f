import { formatInstant } from '@signalbox/core/gcore'
import { handle } from '@signalbox/host'
import type { Failure, Incoming, Principal, Reply, Route } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import { told } from './activity.ts'
import { fieldErrors, forbidden, gone, notFound, ok, refuse } from './answers.ts'
import { groups, isAsHigh } from './caller.ts'
import type { Caller, Group } from './caller.ts'
import { anyText, optional, readObject, required, text } from './fields.ts'
import type { BodyErrors, ReadMember } from './fields.ts'
import { readInstant } from './filters.ts'
import type { KeyRecord } from './keys.ts'
import { ClientPath, id, jsonBody, KeyPath } from './paths.ts'
import { answered, insist, replied, sightOf } from './parts.ts'
import type { Answered, Mount, RouteParts, RoutesAt, Sighted } from './parts.ts'
import * as t from 'io-ts'
import { ApiKey, NewApiKey, NewKey } from './wire.ts'

/**
 * Permanent API keys, version 2.
 *
 * @see https://gcore.com/docs/api-reference/iam/api-tokens
 */
export const keyRoutes: RoutesAt = (parts, at) => [
  keyList(parts, at),
  keyCreate(parts, at),
  keyRead(parts, at),
  keyDelete(parts, at),
]

// -- internals

const KEYS = `/v2/clients/${id('clientId')}/tokens`
const KEY = `${KEYS}/${id('tokenId')}`

const MOST_KEYS = 100

const keyList = (parts: RouteParts, { base, prefix }: Mount): Route =>
  handle<ClientPath, undefined, undefined, Sighted>({
    method: 'GET',
    path: `${base}${KEYS}`,
    name: `${prefix}key.list`,
    summary: 'List API keys',
    responses: { 200: t.readonlyArray(ApiKey) },
    params: ClientPath,
    sight: keySight(parts),
    handle: async (request) => {
      const filter = readFilter(request.url.searchParams)
      if (E.isLeft(filter)) return fieldErrors(request, filter.left)
      const all = await parts.keys.all(request.params.clientId)
      if (E.isLeft(all)) return refuse(request, all.left)
      const { caller } = request.sight
      const wanted = all.right.filter(
        (key) =>
          mayManage(caller, key) &&
          parts.keys.isLive(key) !== filter.right.deleted &&
          filter.right.holds(key),
      )
      const shown = await renderAll(parts, wanted)
      return E.isLeft(shown) ? refuse(request, shown.left) : ok(shown.right)
    },
  })

const keyCreate = (parts: RouteParts, { base, prefix }: Mount): Route =>
  handle<ClientPath, undefined, unknown, Sighted>({
    method: 'POST',
    path: `${base}${KEYS}`,
    name: `${prefix}key.create`,
    summary: 'Make an API key',
    params: ClientPath,
    body: jsonBody(NewKey),
    rehearsable: false,
    responses: { 200: NewApiKey },
    sight: keySight(parts),
    handle: async (request) => {
      const read = readNewKey(request.body)
      if (E.isLeft(read)) return fieldErrors(request, read.left)
      const { exp_date: expires, client_user: user } = read.right
      const errors: BodyErrors = {
        ...(expires !== null && expires <= parts.clock.now()
          ? { exp_date: ['The date must be in the future.'] }
          : {}),
        ...(isAsHigh(request.sight.caller.group, user.role)
          ? {}
          : { client_user: { role: [`Can't create token with role ${user.role.name}`] } }),
      }
      if (Object.keys(errors).length > 0) return fieldErrors(request, errors)
      const { secret, hash } = await parts.keys.secret()
      const made = await insist(() =>
        create(parts, request, {
          name: read.right.name,
          description: read.right.description ?? '',
          expires,
          hash,
          role: user.role.id,
        }),
      )
      if (E.isLeft(made)) return replied(request, made.left)
      const shown = await renderAll(parts, [made.right])
      if (E.isLeft(shown)) return refuse(request, shown.left)
      const reply = ok({ token: `${made.right.id}_${secret}`, ...shown.right[0] })
      told.add(reply)
      return reply
    },
  })

const keyRead = (parts: RouteParts, { base, prefix }: Mount): Route =>
  handle<KeyPath, undefined, undefined, Sighted>({
    method: 'GET',
    path: `${base}${KEY}`,
    name: `${prefix}key.get`,
    summary: 'Show an API key',
    responses: { 200: ApiKey },
    params: KeyPath,
    sight: keySight(parts),
    handle: async (request) => {
      const found = await liveKey(parts, request)
      if (E.isLeft(found)) return replied(request, found.left)
      const shown = await renderAll(parts, [found.right.record])
      return E.isLeft(shown) ? refuse(request, shown.left) : ok(shown.right[0])
    },
  })

const keyDelete = (parts: RouteParts, { base, prefix }: Mount): Route =>
  handle<KeyPath, undefined, undefined, Sighted>({
    method: 'DELETE',
    path: `${base}${KEY}`,
    name: `${prefix}key.delete`,
    summary: 'Delete an API key',
    responses: { 204: null },
    params: KeyPath,
    sight: keySight(parts),
    handle: async (request) => {
      const done = await insist(async () => {
        const found = await liveKey(parts, request)
        if (E.isLeft(found)) return found
        const line = await parts.trail.begin(request)
        if (E.isLeft(line)) return line
        const { record, revision } = found.right
        return parts.services.write([
          parts.keys.write({ ...record, deleted: true }, revision),
          ...parts.trail.records(request, line.right, { actions: 'token.delete', status: 204 }),
        ])()
      })
      if (E.isLeft(done)) return replied(request, done.left)
      const reply = { ...gone }
      told.add(reply)
      return reply
    },
  })

type Asked = Incoming & { readonly principal: Principal; readonly bytes: Uint8Array }

// A customer's keys are not its reseller's to manage.
const keySight =
  (parts: RouteParts) =>
  async <Params extends ClientPath>(
    request: Incoming & { readonly principal: Principal; readonly params: Params },
  ): Promise<E.Either<Reply, Sighted>> => {
    const sighted = await sightOf(parts)(request)
    if (E.isLeft(sighted)) return sighted
    const { caller, client } = sighted.right
    return caller.role === 'admin' || caller.accountId === client.id
      ? sighted
      : E.left(forbidden(request))
  }

const mayManage = ({ role, group, userId }: Caller, { issuer }: KeyRecord): boolean =>
  role === 'admin' || group === groups[0] || issuer === userId

const liveKey = async (
  { keys }: RouteParts,
  request: Asked & { readonly params: KeyPath; readonly sight: Sighted },
): Promise<
  E.Either<Failure | Answered, { readonly record: KeyRecord; readonly revision: number }>
> => {
  const found = await keys.find(request.params.tokenId)
  if (E.isLeft(found)) return found
  const held = found.right
  return held !== undefined &&
    held.record.client === request.params.clientId &&
    keys.isLive(held.record) &&
    mayManage(request.sight.caller, held.record)
    ? E.right(held)
    : answered(notFound(request))
}

// All keys of an account are made over one record, so that two at once do not both become the hundredth.
const create = async (
  { services, keys, numbers, trail, clock }: RouteParts,
  request: Asked & { readonly sight: Sighted },
  made: Pick<KeyRecord, 'name' | 'description' | 'expires' | 'hash' | 'role'>,
): Promise<E.Either<Failure | Answered, KeyRecord>> => {
  const { client, caller } = request.sight
  const ring = await services.document('keyring', String(client.id))()
  if (E.isLeft(ring)) return ring
  const all = await keys.all(client.id)
  if (E.isLeft(all)) return all
  if (all.right.filter(keys.isLive).length >= MOST_KEYS)
    return answered(fieldErrors(request, { errors: ['Maximum number of API tokens reached.'] }))
  const number = await numbers.take('key')
  if (E.isLeft(number)) return number
  const line = await trail.begin(request)
  if (E.isLeft(line)) return line
  const record: KeyRecord = {
    ...made,
    id: number.right,
    client: client.id,
    deleted: false,
    created: clock.now(),
    lastUsage: null,
    issuer: caller.userId,
    issuerClient: caller.accountId ?? client.id,
  }
  const tenant = String(client.id)
  const written = await services.write([
    keys.write(record, 0),
    {
      kind: 'keyring',
      id: tenant,
      tenant,
      body: { made: all.right.length + 1 },
      expected: ring.right?.revision ?? 0,
    },
    ...trail.records(request, line.right, { actions: 'token.create', status: 200 }),
  ])()
  return E.map(() => record)(written)
}

const renderAll = async (
  { directory, keys, clock }: RouteParts,
  records: ReadonlyArray<KeyRecord>,
): Promise<E.Either<Failure, ReadonlyArray<ApiKey>>> => {
  const shown: Array<ApiKey> = []
  for (const record of records) {
    const member = await directory.user(record.issuer)()
    if (E.isLeft(member)) return member
    const address = await directory.emailOf(record.issuer)()
    if (E.isLeft(address)) return address
    const email = address.right
    const role = groups.find((group) => group.id === record.role) ?? groups[0]
    shown.push({
      id: record.id,
      name: record.name,
      description: record.description,
      exp_date: record.expires === null ? null : formatInstant(record.expires),
      deleted: !keys.isLive(record),
      expired: record.expires !== null && record.expires <= clock.now(),
      created: formatInstant(record.created),
      last_usage: formatInstant(record.lastUsage ?? record.created),
      client_user: {
        deleted: false,
        user_id: record.issuer,
        user_name: member.right?.user.name ?? email,
        user_email: email,
        client_id: record.client,
        role: { id: role.id, name: role.name },
      },
    })
  }
  return E.right(shown)
}

const instant: ReadMember<number> = (value) => {
  const read = text({ most: 64 })(value)
  if (E.isLeft(read)) return read
  const at = readInstant(read.right)
  return E.isLeft(at) ? E.left([at.left]) : at
}

// By its name or, without one, by its id.
const role: ReadMember<Group> = (value) => {
  const { name, id: number } = (typeof value === 'object' && value !== null ? value : {}) as {
    readonly name?: unknown
    readonly id?: unknown
  }
  if (name === undefined && number === undefined) return E.left(['This field is required.'])
  const wanted = name ?? number
  const found = groups.find((group) =>
    typeof name === 'string' ? group.name === name : group.id === number,
  )
  const shown = typeof wanted === 'string' ? wanted : JSON.stringify(wanted)
  return found === undefined ? E.left([`Invalid role: ${shown}`]) : E.right(found)
}

const readNewKey = readObject({
  name: required(text()),
  description: optional(anyText(1024)),
  exp_date: (value: unknown): ReturnType<ReadMember<number | null>> =>
    value === null ? E.right(null) : required(instant)(value),
  client_user: required(readObject({ role: required(role) })),
})

interface KeyFilter {
  readonly deleted: boolean
  readonly holds: (key: KeyRecord) => boolean
}

const readFilter = (query: URLSearchParams): E.Either<BodyErrors, KeyFilter> => {
  const given = (name: string): string => query.getAll(name).at(-1) ?? ''
  const errors: Record<string, ReadonlyArray<string>> = {}
  const userId = (name: string): number | undefined => {
    const value = given(name)
    if (value === '') return undefined
    if (!/^\d{1,15}$/.test(value)) errors[name] = ['A valid integer is required.']
    return Number(value)
  }
  const issuedBy = userId('issued_by')
  const notIssuedBy = userId('not_issued_by')
  const wanted = given('role')
  const group = groups.find(({ id: number, name }) => name === wanted || String(number) === wanted)
  if (wanted !== '' && group === undefined) errors['role'] = [`"${wanted}" is not a valid choice.`]
  if (Object.keys(errors).length > 0) return E.left(errors)
  return E.right({
    deleted: given('deleted').toLowerCase() === 'true',
    holds: (key) =>
      (group === undefined || key.role === group.id) &&
      (issuedBy === undefined || key.issuer === issuedBy) &&
      (notIssuedBy === undefined || key.issuer !== notIssuedBy),
  })
}
