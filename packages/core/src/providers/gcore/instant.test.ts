import fc from 'fast-check'
import { expect, it } from 'vitest'
import { formatInstant } from './instant.ts'

const spelledByDate = (at: number): string => new Date(at).toISOString().replace('Z', '000Z')

it('spells the instant of the contract with microseconds and Z', () => {
  expect(formatInstant(Date.UTC(2026, 10, 21, 20))).toBe('2026-11-21T20:00:00.000000Z')
})

it.each([
  '1970-01-01T00:00:00.000Z',
  '1969-12-31T23:59:59.999Z',
  '2000-02-29T12:34:56.789Z',
  '1900-03-01T00:00:00.000Z',
  '2100-02-28T23:59:59.999Z',
  '0000-01-01T00:00:00.000Z',
  '9999-12-31T23:59:59.999Z',
])('spells %s as the calendar does', (instant) => {
  expect(formatInstant(Date.parse(instant))).toBe(instant.replace('Z', '000Z'))
})

it('agrees with the calendar at every instant of the years 0 to 9999', () => {
  const instants = fc.integer({
    min: Date.parse('0000-01-01T00:00:00.000Z'),
    max: Date.parse('9999-12-31T23:59:59.999Z'),
  })
  fc.assert(
    fc.property(instants, (at) => {
      expect(formatInstant(at)).toBe(spelledByDate(at))
    }),
    { numRuns: 2000, seed: 20_261_122 },
  )
})

it('agrees with the calendar on every day of four centuries', () => {
  const first = Date.UTC(1800, 0, 1)
  for (let day = 0; day <= 146_097; day += 1) {
    const at = first + day * 86_400_000
    if (formatInstant(at) !== spelledByDate(at)) expect(formatInstant(at)).toBe(spelledByDate(at))
  }
})
