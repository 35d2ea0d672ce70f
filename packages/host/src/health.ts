import type { Store } from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import { ask } from './ask.ts'
import type { BootReport } from './boot.ts'
import { json } from './reply.ts'
import type { Reply } from './reply.ts'

/** Where a host is in its life. */
export type Phase = 'starting' | 'serving' | 'draining'

/** Answers whether requests may be sent here. One plugin that failed does not take the others out of service. */
export const readiness = async (
  store: Store,
  phase: Phase,
  plugins: BootReport,
): Promise<Reply> => {
  const ping = await ask(store.ping())
  const reachable = E.isRight(ping)
  const ready = reachable && phase === 'serving'
  return json(
    ready ? 200 : 503,
    { ready, phase, store: reachable ? 'reachable' : 'unreachable', plugins },
    { 'cache-control': 'no-store' },
  )
}
