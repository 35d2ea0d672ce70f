import type { ClientRecord, UserRecord } from './client-record.ts'
import type { Role } from './caller.ts'

/** A user as it stands in its client. */
export interface ClientUser {
  readonly id: number
  readonly email: string
  readonly name: string | null
  readonly lang: string
  readonly phone: string | null
  readonly company: string
  readonly reseller: number
  readonly client: number
  readonly deleted: boolean
  readonly groups: ReadonlyArray<{ readonly id: number; readonly name: string }>
  readonly activated: boolean
  readonly sso_auth: boolean
  readonly two_fa: boolean
  readonly auth_types: ReadonlyArray<string>
}

/**
 * A user by itself.
 *
 * @see https://gcore.com/docs/api-reference/iam-resellers/users
 */
export interface User extends ClientUser {
  readonly user_type: UserType
  readonly is_active: boolean
  readonly client_and_roles: ReadonlyArray<{
    readonly client_id: number
    readonly client_company_name: string
    readonly user_id: number
    readonly user_roles: ReadonlyArray<string>
  }>
}

/** The words that the API has for users; it has none for an admin. */
export type UserType = 'common' | 'reseller' | 'seller'

/** What a role is called as a type of user. */
export const userTypeOf = (role: Role): UserType => (role === 'admin' ? 'reseller' : role)

/** Shows a user in its account. */
export const renderClientUser = (record: ClientRecord, user: UserRecord): ClientUser => ({
  id: user.id,
  email: user.email,
  name: user.name,
  lang: user.lang,
  phone: user.phone,
  company: record.companyName,
  reseller: record.reseller,
  client: record.id,
  deleted: false,
  groups: [{ id: 1, name: 'Administrators' }],
  activated: true,
  sso_auth: false,
  two_fa: false,
  auth_types: ['password'],
})

/** Shows a user by itself. */
export const renderUser = (record: ClientRecord, user: UserRecord, type: UserType): User => ({
  ...renderClientUser(record, user),
  user_type: type,
  is_active: true,
  client_and_roles: [
    {
      client_id: record.id,
      client_company_name: record.companyName,
      user_id: user.id,
      user_roles: ['1'],
    },
  ],
})
