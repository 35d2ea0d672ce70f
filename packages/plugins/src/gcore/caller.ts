import { seesTenant } from '@signalbox/host'
import type { Principal } from '@signalbox/host'
import type { ClientRecord } from './client-record.ts'
import { PROVIDER } from './provider.ts'
import type { PluginSettings } from './settings.ts'

/** What a caller may do, from the most to the least. */
export type Role = 'admin' | 'reseller' | 'seller' | 'common'

/** A principal as the vendor knows it: a user with a role, who belongs to an account. */
export interface Caller {
  readonly principal: Principal
  readonly role: Role
  readonly userId: number
  /** Undefined for a seller that no reseller is known of. */
  readonly accountId: number | undefined
  /** The group it acts in: that of its key, else Administrators. */
  readonly group: Group
  /** The key it called with; 0 for a session, or for a key of the configuration's. */
  readonly keyId: number
}

/** What a group of users is called; the first is the highest. */
export const groups = [
  { id: 1, name: 'Administrators' },
  { id: 5, name: 'Engineers' },
  { id: 2, name: 'Users' },
  { id: 3009, name: 'Purge and Prefetch only (API+Web)' },
  { id: 3022, name: 'Purge and Prefetch only (API)' },
] as const
export type Group = (typeof groups)[number]

/** Tells whether one group is at least as high as another. */
export const isAsHigh = (one: Group, other: Group): boolean =>
  groups.indexOf(one) <= groups.indexOf(other)

/** A principal that acts by a key: as itself, in the key's group. */
export const withKey = (principal: Principal, keyId: number, group: Group): Principal => ({
  ...principal,
  roles: [...principal.roles, `${GROUP}${group.id}`, `${KEY}${keyId}`],
})

/** The user of a client as a principal. */
export const clientUser = (userId: number, client: number): Principal => ({
  id: String(userId),
  provider: PROVIDER,
  tenants: [String(client)],
  roles: ['common'],
})

/** Tells who a principal is among the configured ones. */
export const callerBy =
  (settings: PluginSettings, all: ReadonlyArray<Principal>) =>
  (principal: Principal): Caller => {
    const role = roleOf(principal) ?? 'common'
    const userId = Number(principal.id)
    const groupId = marked(principal, GROUP)
    return {
      principal,
      role,
      userId,
      accountId: accountOf(settings, all, principal, role),
      group: groups.find(({ id }) => id === groupId) ?? groups[0],
      keyId: marked(principal, KEY) ?? 0,
    }
  }

/** What keeps principals from being callers, in words that name the principal; none when all can be. */
export const faultsOfPrincipals = (all: ReadonlyArray<Principal>): ReadonlyArray<string> =>
  all.flatMap((principal) => {
    const { id, tenants } = principal
    const role = roleOf(principal)
    if (!/^[1-9]\d{0,14}$/.test(id)) return [`principal "${id}": the id must be digits`]
    if (role === undefined)
      return [`principal "${id}": it needs one of the roles ${ROLES.join(', ')}`]
    return role === 'common' && soleTenant(tenants) === undefined
      ? [`principal "${id}": a common one needs its client's id as its only tenant`]
      : []
  })

/** Tells whether the caller sees an account: its own, or a client that belongs to it. */
export const sees = (caller: Caller, account: ClientRecord): boolean => {
  if (account.id === caller.accountId) return true
  const { principal, userId } = caller
  return (
    owns(caller, account) &&
    (seesTenant(principal, String(account.id)) || account.creator === userId)
  )
}

/** Tells whether the caller may change what belongs to the clients it sees. */
export const mayWrite = ({ role }: Caller): boolean => role !== 'common'

// -- internals

const ROLES: ReadonlyArray<Role> = ['admin', 'reseller', 'seller', 'common']

const GROUP = 'group:'
const KEY = 'key:'

const marked = ({ roles }: Principal, prefix: string): number | undefined => {
  const found = roles.find((role) => role.startsWith(prefix))
  return found === undefined ? undefined : Number(found.slice(prefix.length))
}

const roleOf = ({ roles }: Principal): Role | undefined =>
  ROLES.find((role) => roles.includes(role))

const owns = ({ role, userId, accountId }: Caller, account: ClientRecord): boolean => {
  switch (role) {
    case 'admin':
      return true
    case 'reseller':
      return account.type === 'common' && account.reseller === accountId
    case 'seller':
      return account.type === 'common' && account.seller === userId
    case 'common':
      return false
  }
}

const accountOf = (
  settings: PluginSettings,
  all: ReadonlyArray<Principal>,
  { id, tenants }: Principal,
  role: Role,
): number | undefined => {
  switch (role) {
    case 'admin':
    case 'reseller':
      return Number(id)
    case 'seller':
      return settings.users?.[id]?.reseller ?? onlyReseller(all)
    case 'common':
      return soleTenant(tenants)
  }
}

const onlyReseller = (all: ReadonlyArray<Principal>): number | undefined => {
  const resellers = all.filter((principal) => roleOf(principal) === 'reseller')
  const [first] = resellers
  return first !== undefined && resellers.length === 1 ? Number(first.id) : undefined
}

const soleTenant = (tenants: Principal['tenants']): number | undefined => {
  const [first, ...others] = tenants === '*' ? [] : tenants
  return first !== undefined && others.length === 0 && /^[1-9]\d{0,14}$/.test(first)
    ? Number(first)
    : undefined
}
