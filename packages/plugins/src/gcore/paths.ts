import { described } from '@signalbox/core'
import type { ServiceRef } from '@signalbox/core'
import type { BodySpec } from '@signalbox/host'
import * as t from 'io-ts'
import { PROVIDER } from './provider.ts'

const PathId = described(
  new t.Type<number, unknown, unknown>(
    'PathId',
    (u): u is number => typeof u === 'number',
    (u, c) =>
      typeof u === 'string' && /^[0-9]{1,15}$/.test(u) ? t.success(Number(u)) : t.failure(u, c),
    t.identity,
  ),
  { type: 'integer', minimum: 0, maximum: 999_999_999_999_999 },
)

/** A path that names a client. */
export const ClientPath = t.strict({ clientId: PathId }, 'ClientPath')
export type ClientPath = t.TypeOf<typeof ClientPath>

/** A path that names a service of a client. */
export const ServicePath = t.strict({ clientId: PathId, serviceId: PathId }, 'ServicePath')
export type ServicePath = t.TypeOf<typeof ServicePath>

/** A path that names a user. */
export const UserPath = t.strict({ userId: PathId }, 'UserPath')
export type UserPath = t.TypeOf<typeof UserPath>

/** A path that names a line of the log. */
export const EntryPath = t.strict({ id: PathId }, 'EntryPath')
export type EntryPath = t.TypeOf<typeof EntryPath>

/** A path that names a key of a client. */
export const KeyPath = t.strict({ clientId: PathId, tokenId: PathId }, 'KeyPath')
export type KeyPath = t.TypeOf<typeof KeyPath>

/** An id in a path's pattern: what is not one makes a path that is not one. */
export const id = (name: string): string => `:${name}{[0-9]{1,15}}`

/** The body of a write: JSON of at most 1 MiB, judged by its route; none at all counts as an empty object. */
export const jsonBody = (documented: t.Mixed): BodySpec<unknown> => ({
  kind: 'json',
  codec: t.unknown,
  documented,
  mediaTypes: ['application/json'],
  ifEmpty: {},
  limit: 1_048_576,
})

/** The service that a path names. */
export const refOf = ({ clientId, serviceId }: ServicePath): ServiceRef => ({
  provider: PROVIDER,
  tenant: String(clientId),
  id: String(serviceId),
})
