import { misfitsOf } from '@signalbox/core'
import type { Effect, Misfit, Outcome, State } from '@signalbox/core'
import type { PendingEffect, Store } from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import { ask } from './ask.ts'
import { parseJson } from './body.ts'
import type { Clock } from './clock.ts'
import type { Driver } from './driver.ts'
import { fingerprintOf, isStale, receiptKey, receiptOf } from './effect-receipt.ts'
import { EffectReport, outcomeOf } from './effect-report.ts'
import type { Failure } from './failure.ts'
import type { Loop } from './loop.ts'
import { reportOf, settlementOf, untoldLine } from './outcome.ts'
import { completed, driverOf } from './registry.ts'
import type { Registration, Registry } from './registry.ts'
import { isSigned } from './signature.ts'

/** What became of a report that came over HTTP. */
export type Reported =
  /** It stands, now or since it first came. `stale`: the service has moved on, and the report moved nothing. */
  | { readonly _tag: 'Reported'; readonly stale: boolean }
  /** The effect is unknown, or the report is not from whom its work was handed to. */
  | { readonly _tag: 'Unsigned' }
  | { readonly _tag: 'Malformed'; readonly misfits: ReadonlyArray<Misfit> }
  /** Another report was first, or the work has ended in another way. */
  | { readonly _tag: 'Ended' }
  | { readonly _tag: 'Failed'; readonly failure: Failure }

/** Takes the report of an effect from whom its work was handed to. It answers once what it took is durable. */
export type Callback = (
  effect: string,
  message: { readonly headers: Headers; readonly bytes: Uint8Array },
) => Promise<Reported>

/** Makes the callback over a loop. */
export const createCallback = ({
  store,
  registry,
  loop,
  clock,
  newId,
  poke,
}: {
  readonly store: Store
  readonly registry: Registry
  readonly loop: Loop
  readonly clock: Pick<Clock, 'now'>
  readonly newId: () => string
  /** More effects may be leased now. */
  readonly poke: () => void
}): Callback => {
  const settle = async (
    { lifecycle }: Registration,
    effect: Effect,
    report: EffectReport,
    outcome: Outcome,
  ): Promise<Reported> => {
    const at = clock.now()
    let stale = false
    const kept = (stored: State | undefined): ReturnType<Parameters<Loop['note']>[2]> => {
      stale = isStale(effect, stored)
      return {
        settles: [settlementOf(effect, outcome, at)],
        receipt: receiptOf(effect, stored, outcome, at),
      }
    }
    const event = reportOf(lifecycle, effect, outcome, { id: newId(), at })
    const noted = (): Promise<E.Either<Failure, unknown>> =>
      loop.note(lifecycle, effect.ref, (stored) => ({
        ...kept(stored),
        journal: [
          untoldLine(effect, stored, outcome, { id: newId(), at, type: event?.event.type }),
        ],
      }))
    let done: E.Either<Failure, unknown> =
      event === undefined ? await noted() : await loop.report(lifecycle, event, kept)
    if (E.isLeft(done) && done.left._tag === 'NotFound') done = await noted()
    if (E.isRight(done)) {
      poke()
      return { _tag: 'Reported', stale }
    }
    const failure = done.left
    switch (failure._tag) {
      case 'EffectSettled':
      case 'ReceiptExists':
        return repeated(effect.id, outcome)
      case 'InvalidPayload':
        return malformed(
          failure.issues.map(({ path, expected }) => ({ pointer: within(path, report), expected })),
        )
      default:
        return { _tag: 'Failed', failure }
    }
  }

  const repeated = async (effect: string, outcome: Outcome): Promise<Reported> => {
    const first = await ask(store.receipt(receiptKey(effect)))
    if (E.isLeft(first)) return { _tag: 'Failed', failure: first.left }
    return first.right?.fingerprint === fingerprintOf(outcome)
      ? { _tag: 'Reported', stale: first.right.reply['stale'] === true }
      : { _tag: 'Ended' }
  }

  return async (id, { headers, bytes }) => {
    const found = id.includes('\0') ? E.right(undefined) : await ask(store.effect(id))
    if (E.isLeft(found)) return { _tag: 'Failed', failure: found.left }
    const held = found.right
    const registration = held && registry.get(held.effect.lifecycle)
    const verifies = verifierOf(held, registration)
    const verified = verifies({ headers, body: textOf(bytes), at: clock.now() })
    if (!verified || held === undefined || registration === undefined) return { _tag: 'Unsigned' }
    const parsed = parseJson(bytes)
    if (E.isLeft(parsed)) return malformed([{ pointer: '', expected: 'JSON' }])
    const report = EffectReport.decode(parsed.right)
    if (E.isLeft(report)) return malformed(misfitsOf(report.left))
    if (report.right.effect !== id)
      return malformed([{ pointer: '/effect', expected: 'the id of the effect' }])
    const outcome = completed(registration, held.effect, outcomeOf(report.right))
    return ENDED.includes(held.work)
      ? repeated(id, outcome)
      : settle(registration, held.effect, report.right, outcome)
  }
}

// -- internals

const ENDED: ReadonlyArray<PendingEffect['work']> = ['done', 'failed', 'unknown']

const malformed = (misfits: ReadonlyArray<Misfit>): Reported => ({ _tag: 'Malformed', misfits })

// What is unknown takes as long as what is known: nobody has this secret.
const verifierOf = (
  held: PendingEffect | undefined,
  registration: Registration | undefined,
): NonNullable<Driver['verifies']> => {
  const driver = held && registration && driverOf(registration, held.effect)
  return driver?.verifies ?? ((message) => isSigned([NOBODYS], message) && false)
}

const NOBODYS = `whsec_${'A'.repeat(32)}`

const textOf = (bytes: Uint8Array): string =>
  new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)

// A lifecycle's report takes the message beside the members of the result.
const within = (path: string, { message, result }: EffectReport): string => {
  const pointer = `/${path.replaceAll('.', '/')}`
  const besides = message !== undefined || result?.['message'] === undefined
  return path === 'message' && besides ? pointer : `/result${pointer}`
}
