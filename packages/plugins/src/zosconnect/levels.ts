import type { Principal } from '@signalbox/host'
import type { Authorization, Levels } from './settings.ts'

/** A level of authorization; no level implies another. */
export type Level = keyof Levels

/** Who may read, and who may change. */
export const READERS: ReadonlyArray<Level> = ['admin', 'operations', 'reader']
export const WRITERS: ReadonlyArray<Level> = ['admin', 'operations']

/** Tells whether a principal has one of the levels on one service: an entry of that name replaces the global groups. */
export const mayOn = (
  authorization: Authorization | undefined,
  { roles }: Pick<Principal, 'roles'>,
  wanted: ReadonlyArray<Level>,
  name: string,
): boolean =>
  authorization === undefined || holds(entryOf(authorization, name) ?? authorization, roles, wanted)

/** Tells whether a principal has one of the levels by the global groups. */
export const mayOnAll = (
  authorization: Authorization | undefined,
  { roles }: Pick<Principal, 'roles'>,
  wanted: ReadonlyArray<Level>,
): boolean => authorization === undefined || holds(authorization, roles, wanted)

// -- internals

const entryOf = ({ services = {} }: Authorization, name: string): Levels | undefined =>
  Object.hasOwn(services, name) ? services[name] : undefined

const holds = (
  levels: Levels,
  roles: ReadonlyArray<string>,
  wanted: ReadonlyArray<Level>,
): boolean => wanted.some((level) => levels[level]?.some((group) => roles.includes(group)) ?? false)
