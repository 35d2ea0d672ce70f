import type { Actor, Outcome } from '@signalbox/core'
import { effectSettled } from '@signalbox/core/store'
import type { PendingEffect } from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import type { Clock } from './clock.ts'
import { unavailable } from './failure.ts'
import type { Failure } from './failure.ts'
import type { Loop } from './loop.ts'
import { lineOf, reportOf, settlementOf } from './outcome.ts'
import { completed } from './registry.ts'
import type { Registration, Registry } from './registry.ts'

/** Who asked for something to be done with an effect, and in which request. */
interface Asked {
  readonly actor: Actor
  readonly request: string
}

/**
 * What people may do with open effects, journaled with who asked for it in the same commit; it answers the effect as that
 * leaves it.
 */
export interface EffectCommands {
  /** Makes it pending again, to be tried at once, as if it never had been. */
  readonly retry: (held: PendingEffect, asked: Asked) => Promise<E.Either<Failure, PendingEffect>>
  /** Ends it as failed, and tells its service so. A driver that performs it is called off when it renews its lease. */
  readonly abandon: (held: PendingEffect, asked: Asked) => Promise<E.Either<Failure, PendingEffect>>
}

/** Makes the commands over a loop. What has ended is refused with `EffectSettled`. */
export const createEffectCommands = ({
  registry,
  loop,
  clock,
  newId,
  poke,
}: {
  readonly registry: Registry
  readonly loop: Loop
  readonly clock: Pick<Clock, 'now'>
  readonly newId: () => string
  /** More effects may be leased now. */
  readonly poke: () => void
}): EffectCommands => {
  const commanded = async (
    { effect, work }: PendingEffect,
    command: (registration: Registration) => Promise<E.Either<Failure, PendingEffect>>,
  ): Promise<E.Either<Failure, PendingEffect>> => {
    if (!OPEN.includes(work)) return E.left(effectSettled(effect.id))
    const registration = registry.get(effect.lifecycle)
    if (registration === undefined) return E.left(unavailable(`nobody serves ${effect.lifecycle}`))
    const done = await command(registration)
    if (E.isRight(done)) poke()
    return done
  }

  return {
    retry: (held, asked) =>
      commanded(held, async ({ lifecycle }) => {
        const at = clock.now()
        const noted = await loop.note(lifecycle, held.effect.ref, (stored) => ({
          retries: [{ effect: held.effect.id, at }],
          journal: [
            lineOf(held.effect, stored, {
              ...asked,
              id: newId(),
              at,
              kind: 'command',
              type: 'effect.retry',
              outcome: 'unchanged',
              detail: detailOf(held),
            }),
          ],
        }))
        return E.map((): PendingEffect => ({
          ...held,
          work: 'pending',
          attempts: 0,
          notBefore: at,
        }))(noted)
      }),

    abandon: (held, asked) =>
      commanded(held, async (registration) => {
        const { lifecycle } = registration
        const { effect } = held
        const outcome = completed(registration, effect, ABANDONED)
        const at = clock.now()
        const beside: Parameters<Loop['note']>[2] = (stored) => ({
          settles: [settlementOf(effect, outcome, at)],
          journal: [
            lineOf(effect, stored, {
              ...asked,
              id: newId(),
              at,
              kind: 'command',
              type: 'effect.abandon',
              outcome: 'unchanged',
              detail: detailOf(held),
            }),
          ],
        })
        const report = reportOf(lifecycle, effect, outcome, { id: newId(), at })
        const told = report === undefined ? undefined : await loop.report(lifecycle, report, beside)
        const unheard = told === undefined || (E.isLeft(told) && told.left._tag === 'NotFound')
        const ended = unheard ? await loop.note(lifecycle, effect.ref, beside) : told
        const { message } = settlementOf(effect, outcome, at)
        return E.isLeft(ended) ? ended : E.right({ ...held, work: outcome.kind, error: message })
      }),
  }
}

// -- internals

const OPEN: ReadonlyArray<PendingEffect['work']> = ['pending', 'leased', 'parked']

const ABANDONED: Outcome = { kind: 'failed', message: 'the work was abandoned' }

const detailOf = ({
  attempts,
  error,
}: PendingEffect): { readonly attempts: number; readonly error: string | null } => ({
  attempts,
  error: error ?? null,
})
