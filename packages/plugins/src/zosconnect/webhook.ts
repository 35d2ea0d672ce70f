import type { Outcome } from '@signalbox/core'
import type { DesiredStatus, Status } from '@signalbox/core/zosconnect'
import { webhookDriver } from '@signalbox/host'
import type { Driver, Tools, WebhookSettings } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import { collectionOf, refOf } from './collections.ts'
import type { Remote } from './remote.ts'
import { standingOf } from './site.ts'

/** Makes the remote that hands starts and stops to a receiver; the status is the one reported last. */
export const createWebhookRemote = (
  settings: WebhookSettings,
  { dial, clock, services }: Pick<Tools<unknown>, 'dial' | 'clock' | 'services'>,
): Remote => {
  const driver = webhookDriver({ clock, dial, settings })
  const moving = (operation: 'start' | 'stop', status: DesiredStatus): Driver => ({
    ...driver,
    completes: (_, outcome) => completed(outcome, operation, status),
  })
  return {
    start: moving('start', 'started'),
    stop: moving('stop', 'stopped'),
    status: async ({ kind, name }): Promise<Status> => {
      const state = await services.load(collectionOf(kind).lifecycle, refOf(kind, name))()
      return E.isRight(state) && state.right !== undefined
        ? standingOf(state.right).context.status
        : 'unknown'
    },
  }
}

// -- internals

// A receiver may say no more than that it has done or refused it.
const completed = (
  outcome: Outcome,
  operation: 'start' | 'stop',
  status: DesiredStatus,
): Outcome => {
  switch (outcome.kind) {
    case 'done':
      return { ...outcome, result: { status, ...outcome.result } }
    case 'failed':
      return { ...outcome, result: { operation, code: 500, ...outcome.result } }
    case 'unknown':
      return outcome
  }
}
