import { refKey } from '@signalbox/core'
import type { JournalEntry } from '@signalbox/core'
import type { PendingEffect } from '@signalbox/core/store'
import type { Evidence, Rules, Violation } from './evidence.ts'

/**
 * Follows every effect from the line that asked for it to its outcome: each is stored under one id, has one outcome, and was
 * asked for by a change that stands before anybody performed it. Once the hosts were given the time, each was performed.
 */
export const checkEffects = (
  { journal, effects, seen, settled }: Pick<Evidence, 'journal' | 'effects' | 'seen' | 'settled'>,
  rules: Pick<Rules, 'undriven' | 'visible' | 'lifecycles'>,
): ReadonlyArray<Violation> => {
  const askers = Map.groupBy(
    journal.flatMap((line) => (line.effects ?? []).map((id) => ({ id, line }))),
    ({ id }) => id,
  )
  const outcomes = Map.groupBy(
    journal.filter(({ effect }) => effect !== undefined),
    ({ effect = '' }) => effect,
  )
  const stored = new Map(effects.map((pending) => [pending.effect.id, pending]))
  const performed = new Set((seen ?? []).map(({ effect }) => effect))
  const asked = [...askers].flatMap(([id, by]): ReadonlyArray<Violation> => {
    const [{ line } = { line: undefined }] = by
    if (by.length > 1)
      return [
        violation('repeated', id, `asked for by ${by.map((one) => one.line.id).join(' and ')}`),
      ]
    if (stored.has(id) || line === undefined || isCalledOff(line, journal)) return []
    return [violation('unperformed', id, `${line.id} asked for it and it is not stored`)]
  })
  const kept = effects.flatMap((pending) => {
    const { id } = pending.effect
    const line = askers.get(id)?.[0]?.line
    return [
      ...origin(pending, line),
      ...ending(pending, outcomes.get(id) ?? [], { settled, rules }),
      ...(settled && seen !== undefined && isVisible(pending, rules) && !performed.has(id)
        ? [violation('unperformed', id, `${pending.work}, and nobody was asked to do it`)]
        : []),
    ]
  })
  const unasked = [...new Set([...performed, ...outcomes.keys()])].flatMap((id) =>
    askers.has(id) ? [] : [violation('unasked', id, 'it was performed or has an outcome')],
  )
  return [...asked, ...kept, ...unasked]
}

// -- internals

const violation = (kind: Violation['kind'], subject: string, words: string): Violation => ({
  kind,
  subject,
  words,
})

// Of the lines of one commit, those before a new generation began ask for nothing any more.
const isCalledOff = (line: JournalEntry, journal: ReadonlyArray<JournalEntry>): boolean =>
  journal.some(
    ({ ref, revision, generation, outcome }) =>
      outcome === 'moved' &&
      generation > line.generation &&
      revision === line.revision &&
      refKey(ref) === refKey(line.ref),
  )

const origin = (
  { effect }: PendingEffect,
  line: JournalEntry | undefined,
): ReadonlyArray<Violation> => {
  if (line === undefined)
    return [violation('unasked', effect.id, `${effect.type} of ${refKey(effect.ref)} is stored`)]
  return refKey(line.ref) === refKey(effect.ref) && line.generation === effect.generation
    ? []
    : [violation('unasked', effect.id, `it is not what ${line.id} asked for`)]
}

const ending = (
  { effect, work, error }: PendingEffect,
  outcomes: ReadonlyArray<JournalEntry>,
  {
    settled,
    rules,
  }: { readonly settled: boolean; readonly rules: Pick<Rules, 'undriven' | 'lifecycles'> },
): ReadonlyArray<Violation> => {
  const { id, type, lifecycle } = effect
  const found: Array<Violation> = []
  const isOpen = work !== 'done' && work !== 'failed' && work !== 'unknown' && work !== 'superseded'
  if (outcomes.length > 1)
    found.push(
      violation(
        'repeated',
        id,
        `${outcomes.length} outcomes: ${outcomes.map((line) => line.id).join(', ')}`,
      ),
    )
  if (isOpen && outcomes.length > 0)
    found.push(violation('repeated', id, `${work}, and yet it has an outcome`))
  if (isOpen && settled)
    found.push(
      violation('unperformed', id, `${type} of ${refKey(effect.ref)} is ${work}: ${error ?? ''}`),
    )
  const isTold = !rules.undriven.has(`${lifecycle} ${type}`)
  if (!isOpen && work !== 'superseded' && isTold && outcomes.length === 0)
    found.push(violation('unperformed', id, `${work}, and no line of the journal says so`))
  return found
}

const isVisible = ({ effect, work }: PendingEffect, { visible }: Pick<Rules, 'visible'>): boolean =>
  work === 'done' && visible.has(`${effect.lifecycle} ${effect.type}`)
