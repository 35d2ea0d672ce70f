import type { Principal } from '../principal.ts'

/** The provider that principals of the control plane belong to; no plugin has this name. */
export const SIGNALBOX = 'signalbox'

/** What a principal of the control plane may do, each more than the one before: look, change, administer. */
export const CONTROL_ROLES = ['viewer', 'operator', 'admin'] as const

/** One of the roles. */
export type Role = (typeof CONTROL_ROLES)[number]

/** The highest role of a principal. */
export const roleOf = ({ roles }: Principal): Role | undefined =>
  CONTROL_ROLES.findLast((role) => roles.includes(role))

/** Tells whether a principal's role is at least the wanted one. */
export const isAtLeast = (principal: Principal, wanted: Role): boolean => {
  const role = roleOf(principal)
  return role !== undefined && CONTROL_ROLES.indexOf(role) >= CONTROL_ROLES.indexOf(wanted)
}

/** Tells whether a principal may see a provider. */
export const seesProvider = ({ providers }: Principal, provider: string): boolean =>
  providers === undefined || providers.includes(provider)
