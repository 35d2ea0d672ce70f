import type { Lifecycle, Machine } from '@signalbox/core'
import { poppyService } from '@signalbox/core/poppy'
import { walk } from '@signalbox/core/testing'
import { zosService } from '@signalbox/core/zosconnect'
import { describe, expect, test } from 'vitest'
import { agreementOf } from './agreement.ts'
import { legalMovesOf } from './legal-moves.ts'

describe.each([poppyService, zosService])('$name', (lifecycle) => {
  const { attempts } = walk(lifecycle)

  test('Every attempt of a walk comes to the same with the library’s own functions.', () => {
    expect(agreementOf(lifecycle, attempts)).toBe(attempts.length)
  })

  test('A machine that steps elsewhere is found out.', () => {
    const astray = (step: Machine['step']): Lifecycle => ({
      ...lifecycle,
      machine: { ...lifecycle.machine, step },
    })
    const { step } = lifecycle.machine
    const forgetful = astray((...args) => ({ ...step(...args), emissions: [] }))
    expect(() => agreementOf(forgetful, attempts)).toThrow('comes to something else')
    const stuck = astray((value, context, event) => ({ ...step(value, context, event), value }))
    expect(() => agreementOf(stuck, attempts)).toThrow('comes to something else')
  })

  test('Moves that are measured are legal, change their service by one transition, and are spread over the walk.', () => {
    const all = legalMovesOf(lifecycle, attempts)
    const some = legalMovesOf(lifecycle, attempts, 20)
    expect(all.length).toBeGreaterThan(20)
    expect(some.length).toBeGreaterThanOrEqual(20)
    expect(some.length).toBeLessThan(40)
    for (const { state, event } of some)
      expect(lifecycle.machine.step(state.value, state.context, event).handled).toBe(true)
    expect(new Set(some.map(({ event }) => event.type)).size).toBeGreaterThan(1)
  })
})
