import * as E from 'fp-ts/lib/Either.js'
import { afterAll, describe, expect, it } from 'vitest'
import { explain } from './explain.ts'
import type { Lifecycle } from './lifecycle.ts'
import { createMachineFacade } from './machine.ts'
import { make } from './moves.ts'
import { gcoreService } from './providers/gcore/index.ts'
import { poppyCertificate, poppyService } from './providers/poppy/index.ts'
import { zosApi, zosApiRequester, zosService } from './providers/zosconnect/index.ts'
import { restoreState } from './restore.ts'
import type { State } from './state.ts'
import type { Step } from './step.ts'
import { walk } from './testing.ts'
import type { Attempt } from './testing.ts'

const lifecycles = [
  poppyService,
  poppyCertificate,
  gcoreService,
  zosService,
  zosApi,
  zosApiRequester,
]

interface Coverage {
  readonly lifecycle: string
  readonly states: number
  readonly attempts: number
  readonly transitions: string
  readonly guards: string
  readonly deadlines: string
  readonly pairs: string
}

const coverage: Array<Coverage> = []

// The figures are asked for, so this suite prints them.
afterAll(() => {
  process.stdout.write(`\n${table(coverage)}\n`)
})

describe.each(lifecycles.map((lifecycle) => [lifecycle.name, lifecycle] as const))(
  '%s',
  (_, lifecycle) => {
    const walked = walk(lifecycle)
    const { attempts, states, edges, guards } = walked
    const commands = Object.keys(lifecycle.commands).filter((type) => type !== lifecycle.creation)
    const pairs = new Set(
      attempts.flatMap(({ from, move }) =>
        move.kind === 'command' && !from.done ? [`${from.status} ${move.event.type}`] : [],
      ),
    )
    const live = new Set(states.filter(({ done }) => !done).map(({ status }) => status))
    const fired = new Set(
      attempts.flatMap(({ move, outcome }) =>
        move.kind === 'deadline' && E.isRight(outcome) ? [move.name] : [],
      ),
    )

    coverage.push({
      lifecycle: lifecycle.name,
      states: states.length,
      attempts: attempts.length,
      transitions: ratio(edges.taken.length, lifecycle.machine.edges.length),
      guards: ratio(
        Object.values(guards).filter(({ passed, failed }) => passed && failed).length,
        lifecycle.machine.guards.length,
      ),
      deadlines: ratio(fired.size, lifecycle.machine.delays.length),
      pairs: ratio(pairs.size, live.size * commands.length),
    })

    it('reaches every status', () => {
      expect([...new Set(states.map(({ status }) => status))].toSorted()).toEqual(
        lifecycle.statuses.toSorted(),
      )
    })

    it('takes every transition', () => {
      expect(edges.missed.map(({ id }) => id)).toEqual([])
    })

    it('sees both outcomes of every guard', () => {
      const onesided = Object.entries(guards).filter(([, { passed, failed }]) => !passed || !failed)
      expect(onesided).toEqual([])
    })

    it('fires every deadline, at the instant it is due', () => {
      expect([...fired].toSorted()).toEqual(lifecycle.machine.delays.toSorted())
      for (const { from, move, outcome } of attempts)
        if (move.kind === 'deadline' && E.isRight(outcome)) {
          const open = from.deadlines.find(({ name }) => name === move.name)
          expect(outcome.right.journal.find(({ type }) => type === move.name)?.at).toBe(open?.dueAt)
        }
    })

    it('tries every command in every status, and each one moves or is refused in words', () => {
      expect(pairs.size).toBe(live.size * commands.length)
      for (const attempt of attempts)
        if (attempt.move.kind === 'command' && !attempt.from.done) expectMoveOrWords(attempt)
    })

    it('keeps 4xx and faults apart: no walk ends in a fault', () => {
      const faults = attempts.flatMap(({ from, outcome }) =>
        E.isLeft(outcome) && outcome.left._tag !== (from.done ? 'NotFound' : 'IllegalMove')
          ? [outcome.left]
          : [],
      )
      expect(faults).toEqual([])
    })

    it('explains exactly the events it does not take', () => {
      for (const { from, move, at, outcome } of attempts)
        if (
          move.kind === 'command' &&
          !from.done &&
          from.deadlines.every(({ dueAt }) => dueAt > at)
        ) {
          const reasons = explain(lifecycle, from, { ...move.event, at, actor: move.actor })
          expect(reasons.length > 0, JSON.stringify([from.value, move.event])).toBe(
            E.isLeft(outcome),
          )
        }
    })

    it('keeps every state through a JSON round trip', () => {
      for (const state of states) expectRoundTrip(lifecycle, state)
    })

    it('begins as the library does, from every example of every caller', () => {
      const reference = createMachineFacade(lifecycle.chart, 'public')
      for (const example of lifecycle.commands[lifecycle.creation]?.examples ?? [])
        for (const actor of lifecycle.actors) {
          const ref = { provider: lifecycle.provider, tenant: 'tenant', id: 'service' }
          const input = { ...example, at: 5, actor, ref }
          expectSame(lifecycle.machine.begin(input), reference.begin(input))
        }
    })

    it('takes every transition as the library does', () => {
      const reference = createMachineFacade(lifecycle.chart, 'public')
      for (const { from, move, at } of attempts) {
        const event =
          move.kind === 'deadline'
            ? reference.deadlineEvent(from.value, move.name, at)
            : { ...move.event, at, ...(move.kind === 'command' ? { actor: move.actor } : {}) }
        if (event === undefined) throw new Error(`${move.kind} stands for no event`)
        expectSame(
          lifecycle.machine.step(from.value, from.context, event),
          reference.step(from.value, from.context, event),
        )
      }
    })

    it('decides every move as it does with the library’s machine', () => {
      const other = { ...lifecycle, machine: createMachineFacade(lifecycle.chart, 'public') }
      // The walk has decided the moves already; a part of a long one is enough to hold the rest of the way to the same.
      const stride = Math.ceil(attempts.length / 2_000)
      for (const { from, move, at, outcome } of attempts.filter((_, index) => index % stride === 0))
        expect(make(other, from, move, at)).toEqual(outcome)
    })
  },
)

// -- internals

// To the letter: the order of regions is stored, and the order of what is emitted is the order of the work.
const expectSame = (ours: Step, theirs: Step): void => {
  expect(ours).toEqual(theirs)
  expect(JSON.stringify(ours)).toBe(JSON.stringify(theirs))
}

const expectMoveOrWords = ({ from, move, outcome }: Attempt): void => {
  if (E.isRight(outcome)) return
  const { left } = outcome
  expect(left._tag, JSON.stringify([from.status, move])).toBe('IllegalMove')
  if (left._tag !== 'IllegalMove') return
  expect(left.reasons.length).toBeGreaterThan(0)
  for (const { words } of left.reasons) expect(words.trim().length).toBeGreaterThan(10)
}

const expectRoundTrip = (lifecycle: Lifecycle, state: State): void => {
  const stored: unknown = JSON.parse(JSON.stringify(state))
  expect(stored).toEqual(state)
  expect(restoreState(lifecycle, stored)).toEqual(E.right(state))
  expect(lifecycle.context.decode(state.context)).toEqual(E.right(state.context))
}

function ratio(part: number, whole: number): string {
  return `${part}/${whole} ${whole === 0 ? '' : `(${Math.floor((100 * part) / whole)} %)`}`.trim()
}

function table(rows: ReadonlyArray<Coverage>): string {
  const head = [
    'lifecycle',
    'states',
    'attempts',
    'transitions',
    'guards',
    'deadlines',
    'pairs',
  ] as const
  const cells = [head.map(String), ...rows.map((row) => head.map((name) => String(row[name])))]
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)))
  return cells
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
    .join('\n')
}
