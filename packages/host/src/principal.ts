import type { Actor } from '@signalbox/core'

/** A caller that the configuration knows, without its secret. */
export interface Principal {
  readonly id: string
  readonly provider: string
  /** The tenants it may see; `*` is every tenant. */
  readonly tenants: '*' | ReadonlyArray<string>
  readonly roles: ReadonlyArray<string>
  /** A principal of the control plane: the providers it may see, every one unless said. */
  readonly providers?: ReadonlyArray<string>
  /** One that was made with an end: when it is none any more, in ms since the epoch. */
  readonly expiresAt?: number
  /** The id of the token that it came by, if it was made and not configured. */
  readonly token?: string
}

/** Checks credentials against the configured principals of one provider, in constant time per principal. */
export interface Credentials {
  /** The principal of that id, if the secret is its secret. */
  readonly byId: (id: string, secret: string) => Promise<Principal | undefined>
  /** The principal whose secret it is, whatever its id: for tokens that name nobody. */
  readonly bySecret: (secret: string) => Promise<Principal | undefined>
  /** Every principal of the provider, for a plugin's own derivations. */
  readonly all: ReadonlyArray<Principal>
}

/** A principal as guards and the journal see it. */
export const actorOf = ({ id, roles }: Principal): Actor => ({ id, roles })

/** Tells whether a principal may see a tenant. */
export const seesTenant = ({ tenants }: Principal, tenant: string): boolean =>
  tenants === '*' || tenants.includes(tenant)
