import type { Kind } from '@signalbox/core/zosconnect'
import type { Principal } from '@signalbox/host'
import type { Authorization, Levels } from './settings.ts'

/** A level of authorization; no level implies another. */
export type Level = keyof Levels

/** Who may read, who may change, and who may invoke. */
export const READERS: ReadonlyArray<Level> = ['admin', 'operations', 'reader']
export const WRITERS: ReadonlyArray<Level> = ['admin', 'operations']
export const CALLERS: ReadonlyArray<Level> = ['admin', 'invoke']

/** Tells whether a principal has one of the levels on one artefact: an entry of that name replaces the global groups. */
export const mayOn = (
  authorization: Authorization | undefined,
  { roles }: Pick<Principal, 'roles'>,
  wanted: ReadonlyArray<Level>,
  { kind, name }: { readonly kind: Kind; readonly name: string },
): boolean =>
  authorization === undefined ||
  holds(entryOf(authorization, kind, name) ?? authorization, roles, wanted)

/** Tells whether a principal has one of the levels by the global groups. */
export const mayOnAll = (
  authorization: Authorization | undefined,
  { roles }: Pick<Principal, 'roles'>,
  wanted: ReadonlyArray<Level>,
): boolean => authorization === undefined || holds(authorization, roles, wanted)

// -- internals

const MEMBERS = { service: 'services', api: 'apis', apiRequester: 'apiRequesters' } as const

const entryOf = (authorization: Authorization, kind: Kind, name: string): Levels | undefined => {
  const entries = authorization[MEMBERS[kind]] ?? {}
  return Object.hasOwn(entries, name) ? entries[name] : undefined
}

const holds = (
  levels: Levels,
  roles: ReadonlyArray<string>,
  wanted: ReadonlyArray<Level>,
): boolean => wanted.some((level) => levels[level]?.some((group) => roles.includes(group)) ?? false)
