import { expect, it } from 'vitest'
import { retryAfterMs } from './retry-after.ts'

const NOW = Date.UTC(2026, 10, 22, 1, 0, 0)

it.each([
  ['120', 120_000],
  ['0', 0],
  ['Sun, 22 Nov 2026 01:00:30 GMT', 30_000],
  ['Sun, 22 Nov 2026 00:59:00 GMT', 0],
  ['-5', undefined],
  ['1.5', undefined],
  ['soon', undefined],
  ['never GMT', undefined],
  ['2026-11-22', undefined],
  ['', undefined],
  [undefined, undefined],
])('reads Retry-After: %s', (header, ms) => {
  expect(retryAfterMs(header, NOW)).toBe(ms)
})
