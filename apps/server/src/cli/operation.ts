import * as E from 'fp-ts/lib/Either.js'
import type { Client } from './client.ts'
import type { Trouble } from './failure.ts'
import { OperationView } from './views.ts'

/** Waits for the end of the work of a change, so many seconds at most; what still runs then is answered as running. */
export const awaitOperation = async (
  client: Client,
  id: string,
  seconds: number,
): Promise<E.Either<Trouble, OperationView>> => {
  const until = performance.now() + seconds * 1_000
  for (;;) {
    const left = Math.max(0, Math.ceil((until - performance.now()) / 1_000))
    const shown = await client.ask(OperationView, `/operations/${encodeURIComponent(id)}`, {
      query: { wait: String(Math.min(left, LONGEST_WAIT_S)) },
    })
    if (E.isLeft(shown)) return shown
    if (shown.right.value.state !== 'running' || performance.now() >= until)
      return E.right(shown.right.value)
  }
}

/** Says what has become of the work, where it has not succeeded. */
export const wordsOfOperation = ({ state, parts }: OperationView): string => {
  const open = parts.find(({ state: work }) => work !== 'done' && work !== 'superseded')
  const what = open === undefined ? '' : ` ${open.type} is ${open.state}`
  const why = open?.lastError == null ? '' : `: ${open.lastError}`
  return `the work ${state === 'failed' ? 'has failed' : 'goes on'}:${what}${why}`
}

// -- internals

const LONGEST_WAIT_S = 60
