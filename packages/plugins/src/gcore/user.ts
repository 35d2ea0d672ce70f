import type { ClientRecord, UserRecord } from './client-record.ts'
import type { Role } from './caller.ts'
import type { ClientUser, User } from './wire.ts'

type UserType = User['user_type']

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
