import { decide } from '@signalbox/core'
import type { Event, Lifecycle } from '@signalbox/core'
import { gcoreService } from '@signalbox/core/gcore'
import { poppyService } from '@signalbox/core/poppy'
import { walk } from '@signalbox/core/testing'
import { zosService } from '@signalbox/core/zosconnect'
import * as E from 'fp-ts/lib/Either.js'
import { transition } from 'xstate'
import type { AnyMachineSnapshot } from 'xstate'
import { agreementOf } from './agreement.ts'
import { comparisonOf } from './comparison.ts'
import type { Bound, Comparison } from './comparison.ts'
import type { Figure, Measure } from './figure.ts'
import { legalMovesOf } from './legal-moves.ts'
import type { LegalMove } from './legal-moves.ts'
import { rateOf } from './rate.ts'
import { rowOf } from './statistics.ts'
import type { Row } from './figure.ts'

/**
 * Measures whole decisions on moves that a walk through each lifecycle has found legal, beside the library's own
 * `transition` on the same charts, snapshots and events. Before that, every transition of the walk is taken both ways and
 * must come to the same.
 */
export const measureDecide: Measure = async ({ seconds, rounds, progress }): Promise<Figure> => {
  const slice = (seconds * 1000) / SLICES
  const rows: Array<Row> = []
  const comparisons: Array<Comparison> = []
  for (const lifecycle of LIFECYCLES) {
    progress(`decide: ${lifecycle.name}`)
    const attempts = walk(lifecycle).attempts
    const agreed = agreementOf(lifecycle, attempts)
    const moves = legalMovesOf(lifecycle, attempts, MOST_MOVES)
    const works = [decisions, steps, transitions].map((workOf) => workOf(lifecycle, moves))
    for (const work of works) rateOf(work, slice)
    const measured = Array.from({ length: rounds * TIMES }, () => {
      const [own = 0, step = 0, theirs = 0] = works.map(
        (work) => rateOf(work, slice) * moves.length,
      )
      return { own, step, theirs }
    })
    rows.push(
      rowOf(
        lifecycle.name,
        measured.map(({ own, step, theirs }) => ({
          'decide/s': own,
          'step/s': step,
          'transition/s': theirs,
          ratio: own / theirs,
          'step ratio': step / theirs,
          'same results': agreed,
        })),
      ),
    )
    comparisons.push(
      comparisonOf(`decide beside XState’s transition(), ${lifecycle.name}`, {
        unit: 'decisions/s',
        bound: BOUND,
        rounds: measured.map(({ own, theirs }) => ({ ours: own, beside: theirs })),
      }),
    )
  }
  return {
    name: 'decide',
    title: 'Whole decisions, and the machine’s step within them, beside XState’s transition()',
    columns: ['decide/s', 'step/s', 'transition/s', 'ratio', 'step ratio', 'same results'],
    rows,
    comparisons,
  }
}

// -- internals

const LIFECYCLES: ReadonlyArray<Lifecycle> = [poppyService, gcoreService, zosService]

const BOUND: Bound = { kind: 'at least', value: 5 }

// Measurements in one process need less time than a load, and more turns.
const SLICES = 40
const TIMES = 3

const MOST_MOVES = 250

type WorkOf = (lifecycle: Lifecycle, moves: ReadonlyArray<LegalMove>) => () => void

const decisions: WorkOf = (lifecycle, moves) => () => {
  for (const { state, input } of moves)
    if (E.isLeft(decide(lifecycle, state, input))) throw new Error('a legal move was refused')
}

const steps: WorkOf =
  ({ machine }, moves) =>
  () => {
    for (const { state, event } of moves) machine.step(state.value, state.context, event)
  }

// The library starts from a snapshot that is there already: what it takes to make one of what is stored is not counted.
const transitions: WorkOf = ({ chart }, moves) => {
  const prepared = moves.map(({ state, event }): readonly [AnyMachineSnapshot, Event] => [
    chart.resolveState({ value: state.value, context: state.context }),
    event,
  ])
  return () => {
    for (const [snapshot, event] of prepared) transition(chart, snapshot, event)
  }
}
