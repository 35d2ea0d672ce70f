import { expect, test } from 'vitest'
import { planOf } from './plan.ts'
import { createRandom } from './random.ts'

const three = { seed: 'a', rounds: 100, hosts: 3, database: true }

test('The same seed draws the same rounds, another one draws others.', () => {
  expect(planOf(three)).toEqual(planOf(three))
  expect(planOf({ ...three, seed: 'b' })).not.toEqual(planOf(three))
})

test('A round is the same however many follow it.', () => {
  expect(planOf({ ...three, rounds: 7 })).toEqual(planOf(three).slice(0, 7))
})

test('Every round kills, every host is struck, and the database is restarted in both ways.', () => {
  const rounds = planOf(three)
  for (const { blows, replies } of rounds) {
    expect(blows.filter(({ kind }) => kind === 'kill').length).toBeGreaterThan(0)
    for (const { after } of blows) expect(after).toBeLessThanOrEqual(replies)
  }
  const blows = rounds.flatMap((round) => round.blows)
  expect(new Set(blows.map((blow) => (blow.kind === 'kill' ? blow.host : blow.mode)))).toEqual(
    new Set([0, 1, 2, 'fast', 'immediate']),
  )
  expect(planOf({ ...three, database: false }).flatMap((round) => round.blows)).not.toContainEqual(
    expect.objectContaining({ kind: 'restart' }),
  )
})

test('The clock leaps now and then, by more than a trial lasts, and never back.', () => {
  const leaps = planOf(three).map(
    ({ clockMs }, index, all) => clockMs - (all[index - 1]?.clockMs ?? 0),
  )
  expect(leaps.filter((leap) => leap > 0).length).toBeGreaterThan(5)
  for (const leap of leaps) expect(leap === 0 || leap > 86_400_000).toBe(true)
})

test('Drawn numbers keep to their bounds, and a fork does not depend on what was drawn before.', () => {
  const random = createRandom('a')
  const fork = random.fork('x').next()
  const drawn = Array.from({ length: 1000 }, () => random.whole(3, 5))
  expect(new Set(drawn)).toEqual(new Set([3, 4, 5]))
  expect(random.fork('x').next()).toBe(fork)
  expect(random.fork('y').next()).not.toBe(fork)
})
