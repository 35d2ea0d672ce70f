import { DatabaseSync } from 'node:sqlite'
import * as E from 'fp-ts/lib/Either.js'
import { expect, it } from 'vitest'
import { comparesToMemory } from './__fixtures__/calls.ts'
import { sqliteStore } from './sqlite/index.ts'

it('answers any sequence of calls as the memory store does', async () => {
  const seen = await comparesToMemory(
    () => {
      const opened = sqliteStore({ database: new DatabaseSync(':memory:') })
      if (E.isLeft(opened)) throw new Error(opened.left.message)
      return Promise.resolve(opened.right)
    },
    { numRuns: 300 },
  )
  // The sequences are worth something only when commits stand, are refused, and work is leased.
  expect(seen.stood).toBeGreaterThan(500)
  expect(seen.refused).toBeGreaterThan(500)
  expect(seen.leased).toBeGreaterThan(50)
})
