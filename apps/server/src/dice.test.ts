import { expect, it } from 'vitest'
import { fraction } from './dice.ts'

it('throws fractions that are spread over all of 0 to 1, and stay below it', () => {
  const thrown = Array.from({ length: 10_000 }, fraction)
  expect(thrown.every((one) => one >= 0 && one < 1)).toBe(true)
  for (let tenth = 0; tenth < 10; tenth += 1) {
    const share = thrown.filter((one) => Math.floor(one * 10) === tenth).length
    expect(share).toBeGreaterThan(800)
    expect(share).toBeLessThan(1200)
  }
  expect(new Set(thrown).size).toBe(thrown.length)
})
