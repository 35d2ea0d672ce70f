import type { Clock } from '@signalbox/host'

/** How a bounded call ended; `later` is the end of one that outlasted its bound. */
export type Ending<A> =
  | { readonly _tag: 'Ended'; readonly value: A }
  | { readonly _tag: 'Failed'; readonly thrown: unknown }
  | { readonly _tag: 'TimedOut'; readonly later: Promise<A> }

/** Waits for a call of foreign code, at most so many ms. Never rejects. */
export const within = <A>(
  clock: Clock,
  ms: number,
  call: () => A | Promise<A>,
): Promise<Ending<A>> => {
  const work = (async () => call())()
  return new Promise((resolve) => {
    const cancel = clock.after(ms, () => resolve({ _tag: 'TimedOut', later: work }))
    const end = (ending: Ending<A>): void => {
      cancel()
      resolve(ending)
    }
    work.then(
      (value) => end({ _tag: 'Ended', value }),
      (thrown: unknown) => end({ _tag: 'Failed', thrown }),
    )
  })
}
