import type { Lifecycle, State } from '@signalbox/core'
import type { StateQuery } from '@signalbox/core/store'
import type { Failure, Services } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'

/** Reads every page of a list. */
export const listAll = async (
  services: Services,
  lifecycle: Lifecycle,
  query: Pick<StateQuery, 'tenant' | 'label' | 'statuses'>,
): Promise<E.Either<Failure, ReadonlyArray<State>>> => {
  const states: Array<State> = []
  let after: string | undefined
  do {
    const page = await services.list(lifecycle, {
      provider: 'poppy',
      limit: PAGE,
      ...query,
      ...(after === undefined ? {} : { after }),
    })()
    if (E.isLeft(page)) return page
    states.push(...page.right.items)
    after = page.right.next
  } while (after !== undefined)
  return E.right(states)
}

// -- internals

const PAGE = 500
