import { createMachineFacade, decide } from '@signalbox/core'
import type { Event, Input, Lifecycle, State, StateValue } from '@signalbox/core'
import { gcoreService } from '@signalbox/core/gcore'
import { poppyService } from '@signalbox/core/poppy'
import { walk } from '@signalbox/core/testing'
import type { Attempt } from '@signalbox/core/testing'
import { zosService } from '@signalbox/core/zosconnect'
import * as E from 'fp-ts/lib/Either.js'
import type { Figure, Measure } from './figure.ts'
import { rateOf } from './rate.ts'
import { rowOf } from './statistics.ts'

/**
 * Measures decisions on moves that a walk through each lifecycle has found legal, and the machine's step within them, with
 * both engines of the facade.
 */
export const measureDecide: Measure = async ({ seconds, rounds, progress }): Promise<Figure> => {
  const slice = (seconds * 1000) / SLICES
  const rows = LIFECYCLES.flatMap((lifecycle) => {
    progress(`decide: ${lifecycle.name}`)
    const moves = movesOf(lifecycle)
    return [decisions, steps].map((subject) => {
      const { name, workOf } = subject(lifecycle, moves)
      const cached = workOf(createMachineFacade(lifecycle.chart, 'cached'))
      const open = workOf(createMachineFacade(lifecycle.chart, 'public'))
      rateOf(cached, slice)
      rateOf(open, slice)
      const measured = Array.from({ length: rounds * TIMES }, () => {
        const ours = rateOf(cached, slice) * moves.length
        const theirs = rateOf(open, slice) * moves.length
        return { 'cached/s': ours, 'public/s': theirs, ratio: ours / theirs }
      })
      return rowOf(`${lifecycle.name}: ${name}`, measured)
    })
  })
  return {
    name: 'decide',
    title: 'Decisions with the cached engine, relative to the library’s public functions',
    columns: ['cached/s', 'public/s', 'ratio'],
    rows,
  }
}

// -- internals

const LIFECYCLES: ReadonlyArray<Lifecycle> = [poppyService, gcoreService, zosService]

// Measurements in one process need less time than a load, and more turns.
const SLICES = 40
const TIMES = 3

const MOST_MOVES = 250

interface LegalMove {
  readonly state: State
  readonly input: Input
}

interface Subject {
  readonly name: string
  readonly workOf: (machine: Lifecycle['machine']) => () => void
}

const decisions = (lifecycle: Lifecycle, moves: ReadonlyArray<LegalMove>): Subject => ({
  name: 'decide',
  workOf: (machine) => {
    const with_ = { ...lifecycle, machine }
    return () => {
      for (const { state, input } of moves)
        if (E.isLeft(decide(with_, state, input))) throw new Error('a legal move was refused')
    }
  },
})

const steps = (lifecycle: Lifecycle, moves: ReadonlyArray<LegalMove>): Subject => {
  const events = moves.flatMap(({ state, input }) => {
    const event = eventOf(lifecycle, state, input)
    return event === undefined ? [] : [{ value: state.value, context: state.context, event }]
  })
  return { name: 'step alone', workOf: (machine) => () => stepAll(machine, events) }
}

const stepAll = (
  { step }: Lifecycle['machine'],
  events: ReadonlyArray<{
    readonly value: StateValue
    readonly context: object
    readonly event: Event
  }>,
): void => {
  for (const { value, context, event } of events) step(value, context, event)
}

const movesOf = (lifecycle: Lifecycle): ReadonlyArray<LegalMove> => {
  const legal = walk(lifecycle).attempts.filter(
    ({ outcome }) => E.isRight(outcome) && outcome.right.changed,
  )
  const stride = Math.max(1, Math.floor(legal.length / MOST_MOVES))
  return legal
    .filter((_, index) => index % stride === 0)
    .map((attempt) => ({ state: attempt.from, input: inputOf(attempt) }))
}

const inputOf = ({ from, move, at }: Attempt): Input => {
  const base = { ref: from.ref, id: 'input', at }
  switch (move.kind) {
    case 'command':
      return { _tag: 'Command', ...base, actor: move.actor, event: move.event }
    case 'report':
      return { _tag: 'Report', ...base, event: move.event }
    case 'deadline':
      return {
        _tag: 'Deadline',
        ...base,
        name: move.name,
        dueAt: move.at,
        generation: from.generation,
      }
  }
}

const eventOf = ({ machine }: Lifecycle, state: State, input: Input): Event | undefined => {
  switch (input._tag) {
    case 'Command':
      return { ...input.event, at: input.at, actor: input.actor }
    case 'Report':
      return { ...input.event, at: input.at }
    case 'Deadline':
      return machine.deadlineEvent(state.value, input.name, input.dueAt)
  }
}
