import * as E from 'fp-ts/lib/Either.js'
import type { Failure } from '../failure.ts'
import { seesTenant } from '../principal.ts'
import type { Credentials, Principal } from '../principal.ts'
import { callerOf } from './generic.ts'
import { isAtLeast, seesProvider } from './role.ts'
import type { Subscription } from './subscriptions.ts'
import type { Tokens } from './tokens.ts'

/** Finds for whom a subscription reads; undefined when its maker is gone or is an admin no more. */
export type ReaderOf = (
  subscription: Subscription,
) => Promise<E.Either<Failure, Principal | undefined>>

/** A subscription reads what its maker might see when it was made, and may see still. */
export const readersBy =
  (credentials: Credentials, tokens: Pick<Tokens, 'principal'>): ReaderOf =>
  async (subscription) => {
    const { createdBy, token } = subscription
    const found =
      token === undefined
        ? E.right(credentials.all.find((one) => callerOf(one).id === createdBy))
        : await tokens.principal(token)
    return E.map((maker: Principal | undefined) =>
      maker !== undefined && isAtLeast(maker, 'admin') ? within(maker, subscription) : undefined,
    )(found)
  }

// -- internals

const within = (maker: Principal, { id, tenants, providers }: Subscription): Principal => {
  const seen = providers?.filter((one) => seesProvider(maker, one)) ?? maker.providers
  return {
    id,
    provider: maker.provider,
    roles: ['viewer'],
    tenants: tenants === '*' ? maker.tenants : tenants.filter((one) => seesTenant(maker, one)),
    ...(seen !== undefined && { providers: seen }),
  }
}
