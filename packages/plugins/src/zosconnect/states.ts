import type { State } from '@signalbox/core'
import { TENANT, zosService } from '@signalbox/core/zosconnect'
import type { Failure, Services } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import type { Collection } from './collections.ts'

/** One page of a collection. */
export const PAGE = { provider: zosService.provider, tenant: TENANT, limit: 500 } as const

/** Every artefact of a collection. */
export const statesOf = async (
  services: Pick<Services, 'list'>,
  { lifecycle }: Pick<Collection, 'lifecycle'>,
): Promise<E.Either<Failure, ReadonlyArray<State>>> => {
  const first = await services.list(lifecycle, PAGE)()
  return E.isLeft(first) ? first : statesAfter(services, { lifecycle }, first.right)
}

/** A first page with every artefact that comes after it. */
export const statesAfter = async (
  services: Pick<Services, 'list'>,
  { lifecycle }: Pick<Collection, 'lifecycle'>,
  first: { readonly items: ReadonlyArray<State>; readonly next?: string | undefined },
): Promise<E.Either<Failure, ReadonlyArray<State>>> => {
  const states = [...first.items]
  for (let after = first.next; after !== undefined;) {
    const page = await services.list(lifecycle, { ...PAGE, after })()
    if (E.isLeft(page)) return page
    states.push(...page.right.items)
    after = page.right.next
  }
  return E.right(states)
}
