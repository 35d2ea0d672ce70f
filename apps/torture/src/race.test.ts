import { createGcoreLifecycle } from '@signalbox/core/gcore'
import { createPoppyLifecycle } from '@signalbox/core/poppy'
import { expect, test } from 'vitest'
import type { Operation } from './linearize.ts'
import { judge } from './race.ts'
import type { History } from './race.ts'
import { gcoreRegister, poppyRegister } from './register.ts'
import type { StatusOp, StatusResult } from './register.ts'
import { TERMS } from './setting.ts'

const gcore = gcoreRegister(createGcoreLifecycle(TERMS), {
  id: 5,
  product: 'DNS',
  client: 1001,
})
const poppy = poppyRegister(createPoppyLifecycle(), { project: 'p', id: 's' })

type Recorded = Operation<StatusOp, StatusResult>

const op = (start: number, end: number, asked: StatusOp, result?: StatusResult): Recorded => ({
  process: start,
  op: asked,
  start,
  end,
  result,
})
const get: StatusOp = { kind: 'get' }
const set = (status: string, as = '7'): StatusOp => ({ kind: 'set', status, as })
const is = (status: string): StatusResult => ({ kind: 'accepted', status })
const done: StatusResult = { kind: 'accepted' }
const refused: StatusResult = { kind: 'refused' }

const kinds = (model: History['model'], ...operations: ReadonlyArray<Recorded>): unknown =>
  judge({ service: 's', model, operations }).map(({ kind }) => kind)

test('A machine explains what its commands come to, in their order.', () => {
  expect(
    kinds(
      gcore,
      op(1, 2, get, is('new')),
      op(3, 4, set('trial'), is('trial')),
      op(5, 6, set('trial'), is('trial')),
      op(7, 8, set('active'), is('active')),
      op(9, 10, set('trial'), refused),
      op(11, 12, set('deleted'), refused),
      op(13, 14, set('deleted', '1'), is('deleted')),
      op(15, 16, get, is('deleted')),
    ),
  ).toEqual([])
  expect(
    kinds(
      poppy,
      op(1, 2, get, is('deployed')),
      op(3, 4, set('failed'), done),
      op(5, 6, { kind: 'disable' }, done),
      op(7, 8, get, is('disabled')),
      op(9, 10, { kind: 'disable' }, done),
      op(11, 12, { kind: 'enable' }, done),
      op(13, 14, get, is('failed')),
    ),
  ).toEqual([])
})

test('Of two commands at once that exclude each other, one may be refused, but not both may win.', () => {
  const trial = op(1, 9, set('trial'), is('trial'))
  const active = (result: StatusResult): Recorded => op(2, 8, set('active'), result)
  // A trial leaves nothing to activate; what is being activated has no trial any more.
  expect(kinds(gcore, trial, active(is('active')))).toEqual([])
  expect(kinds(gcore, trial, active(is('activating')))).toEqual(['order'])
  expect(kinds(gcore, op(1, 9, set('trial'), refused), active(is('activating')))).toEqual([])
  expect(kinds(gcore, op(1, 9, set('trial'), refused), active(refused))).toEqual(['order'])
  expect(
    kinds(
      gcore,
      trial,
      op(10, 11, set('trialend'), is('trialend')),
      op(12, 13, set('trial'), is('trial')),
    ),
  ).toEqual(['order'])
})

test('A stale read and a lost change are found.', () => {
  const paused = [op(1, 2, set('active'), is('activating')), op(3, 4, set('paused'), is('paused'))]
  expect(kinds(gcore, ...paused, op(5, 6, get, is('paused')))).toEqual([])
  expect(kinds(gcore, ...paused, op(5, 6, get, is('activating')))).toEqual(['order'])
  expect(kinds(poppy, op(1, 2, set('failed'), done), op(3, 4, get, is('deployed')))).toEqual([
    'order',
  ])
})

test('A command of a killed host may have taken effect, and then it stays.', () => {
  const cut = op(1, Infinity, set('failed'))
  expect(kinds(poppy, cut, op(2, 3, get, is('deployed')))).toEqual([])
  expect(kinds(poppy, cut, op(2, 3, get, is('failed')), op(4, 5, get, is('failed')))).toEqual([])
  expect(kinds(poppy, cut, op(2, 3, get, is('failed')), op(4, 5, get, is('deployed')))).toEqual([
    'order',
  ])
})
