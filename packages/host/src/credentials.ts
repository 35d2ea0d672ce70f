import type { Credentials, Principal } from './principal.ts'

/** A principal with the check of its secret, which takes the same time whether it holds or not. */
export type ConfiguredPrincipal = Principal & {
  readonly verify: (secret: string) => boolean | Promise<boolean>
}

/** Makes the credentials of one provider; what is handed out carries no check and no secret. */
export const createCredentials = (
  provider: string,
  configured: ReadonlyArray<ConfiguredPrincipal>,
): Credentials => {
  const own = configured
    .filter((principal) => principal.provider === provider)
    .map(({ id, tenants, roles, providers, verify }) => ({
      principal: {
        id,
        provider,
        tenants,
        roles,
        ...(providers && { providers }),
      } satisfies Principal,
      verify,
    }))
  const firstOf = async (
    candidates: typeof own,
    secret: string,
  ): Promise<Principal | undefined> => {
    // All begin before one is waited for: how long it takes does not say whose secret it is.
    const begun = candidates.map(({ verify }) => verify(secret))
    const verdicts = begun.some((one) => typeof one !== 'boolean')
      ? await Promise.all(begun)
      : begun
    return candidates[verdicts.indexOf(true)]?.principal
  }
  return {
    byId: async (id, secret) => {
      const candidates = own.filter(({ principal }) => principal.id === id)
      if (candidates.length > 0) return firstOf(candidates, secret)
      // An unknown id takes as long as a known one.
      await own[0]?.verify(secret)
      return undefined
    },
    bySecret: (secret) => firstOf(own, secret),
    all: own.map(({ principal }) => principal),
  }
}
