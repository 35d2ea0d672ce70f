import type { ProviderFactory } from './spi.ts'

/** The factories by the value that selects them. */
export type Factories = ReadonlyMap<string, ProviderFactory>

/** Puts factories in order. Throws when two of them name the same value, since it would be chance which one serves. */
export const createFactories = (given: ReadonlyArray<ProviderFactory>): Factories => {
  const factories = new Map<string, ProviderFactory>()
  for (const factory of given)
    for (const provider of factory.providers) {
      if (factories.has(provider)) throw new Error(`two factories for the provider ${provider}`)
      factories.set(provider, factory)
    }
  return factories
}
