import { expect, test } from 'vitest'
import { linearize } from './linearize.ts'
import type { Model, Operation, Verdict } from './linearize.ts'

// A register that can be written, read, and changed on the condition that it holds a value.
type Op =
  | { readonly kind: 'write'; readonly value: number }
  | { readonly kind: 'read' }
  | { readonly kind: 'swap'; readonly from: number; readonly to: number }
type Result = number | 'ok' | 'refused'

const register: Model<number, Op, Result> = {
  init: 0,
  key: String,
  step: (state, op, result) => {
    switch (op.kind) {
      case 'write':
        return result === undefined || result === 'ok' ? [op.value] : []
      case 'read':
        return result === undefined || result === state ? [state] : []
      case 'swap': {
        const answer = state === op.from ? 'ok' : 'refused'
        if (result !== undefined && result !== answer) return []
        return [answer === 'ok' ? op.to : state]
      }
    }
  },
}

const write = (value: number): Op => ({ kind: 'write', value })
const swap = (from: number, to: number): Op => ({ kind: 'swap', from, to })
const read: Op = { kind: 'read' }

let processes = 0
const op = (start: number, end: number, asked: Op, result?: Result): Operation<Op, Result> => ({
  process: (processes += 1),
  op: asked,
  start,
  end,
  result,
})

const judge = (...history: ReadonlyArray<Operation<Op, Result>>): Verdict<Op, Result> =>
  linearize(register, history)

test('An empty history and a sequence of one caller are linearizable.', () => {
  expect(judge().kind).toBe('linearizable')
  expect(judge(op(1, 2, write(1), 'ok'), op(3, 4, read, 1), op(5, 6, swap(1, 2), 'ok'))).toEqual({
    kind: 'linearizable',
    order: [
      expect.objectContaining({ op: write(1) }),
      expect.objectContaining({ op: read }),
      expect.objectContaining({ op: swap(1, 2) }),
    ],
  })
})

test('Reads beside a write may see what was before it or what it wrote.', () => {
  expect(judge(op(1, 9, write(1), 'ok'), op(2, 3, read, 0), op(4, 5, read, 1)).kind).toBe(
    'linearizable',
  )
})

test('A value that was read beside a write is not forgotten by a later read.', () => {
  expect(judge(op(1, 9, write(1), 'ok'), op(2, 3, read, 1), op(4, 5, read, 0)).kind).toBe(
    'violated',
  )
})

test('A read after a write has ended does not see what was before it.', () => {
  const stale = judge(op(1, 2, write(1), 'ok'), op(3, 4, read, 0))
  expect(stale).toMatchObject({
    kind: 'violated',
    order: [{ op: write(1) }],
    stuck: [{ op: read }],
  })
})

test('A read does not see what nobody wrote, nor what nobody has begun to write.', () => {
  expect(judge(op(1, 2, read, 7)).kind).toBe('violated')
  expect(judge(op(1, 2, read, 1), op(3, 4, write(1), 'ok')).kind).toBe('violated')
})

test('A write that was acknowledged is not lost under another one.', () => {
  expect(
    judge(op(1, 4, swap(0, 1), 'ok'), op(2, 5, swap(0, 2), 'ok'), op(6, 7, read, 2)).kind,
  ).toBe('violated')
  expect(
    judge(op(1, 4, swap(0, 1), 'ok'), op(2, 5, swap(0, 2), 'refused'), op(6, 7, read, 1)).kind,
  ).toBe('linearizable')
})

test('A refusal that no state of its time explains is found.', () => {
  expect(judge(op(1, 2, swap(0, 1), 'refused')).kind).toBe('violated')
  expect(judge(op(1, 2, swap(0, 1), 'refused'), op(1, 2, write(3), 'ok')).kind).toBe('linearizable')
})

test('What was never answered may have taken effect late, early or never, but once.', () => {
  const cut = op(1, Infinity, swap(0, 1))
  expect(judge(cut, op(2, 3, read, 0)).kind).toBe('linearizable')
  expect(judge(cut, op(2, 3, read, 0), op(4, 5, read, 1)).kind).toBe('linearizable')
  expect(judge(cut, op(2, 3, read, 1)).kind).toBe('linearizable')
  expect(judge(cut, op(2, 3, read, 1), op(4, 5, write(0), 'ok'), op(6, 7, read, 1)).kind).toBe(
    'violated',
  )
})

test('What was never answered takes no effect before it began.', () => {
  expect(judge(op(1, 2, read, 1), op(3, Infinity, write(1))).kind).toBe('violated')
})

test('Many writers and readers at once are decided, both ways.', () => {
  const rounds = Array.from({ length: 30 }, (_, round) => {
    const at = round * 10
    return [
      ...Array.from({ length: 6 }, (__, n) => op(at + n / 10, at + 8, write(round * 6 + n), 'ok')),
      op(at + 9, at + 9.5, read, round * 6 + 2),
    ]
  }).flat()
  expect(judge(...rounds).kind).toBe('linearizable')
  expect(judge(...rounds, op(400, 401, read, 0)).kind).toBe('violated')
})

test('A search without an end is given up.', () => {
  const writes = Array.from({ length: 12 }, (_, n) => op(1, 9, write(n), 'ok'))
  expect(linearize(register, [...writes, op(10, 11, read, 77)], { most: 100 })).toEqual({
    kind: 'undecided',
    visited: 101,
  })
})
