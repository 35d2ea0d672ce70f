import { memoryStore } from '@signalbox/stores/memory'
import * as E from 'fp-ts/lib/Either.js'
import { afterAll, describe, expect, it } from 'vitest'
import { openBench } from './__fixtures__/bench.ts'
import { poppyWalk, takeMove, TRANSITIONS, WALK_SETTINGS, withDoor } from './walk.ts'
import type { WalkBench } from './walk.ts'

const open = async (): Promise<WalkBench> => {
  let services: WalkBench['services'] | undefined
  const bench = await openBench(memoryStore(), WALK_SETTINGS, (given) => {
    const door = withDoor(given)
    services = door.services
    return door.plugin
  })
  if (services === undefined) throw new Error('the plugin was not wrapped')
  return { ...bench, services }
}

const taken = new Set<string>()
const pairs = new Set<string>()
let moves = 0

describe('every move of the walk, over HTTP', () => {
  it.each(poppyWalk())('in %s', async (_, attempts) => {
    for (const attempt of attempts) {
      const { about, seen, due } = await takeMove(await open(), attempt)
      expect(seen, about).toEqual(due)
      moves += 1
      if (E.isRight(attempt.outcome)) for (const { id } of attempt.edges) taken.add(id)
      if (attempt.move.kind === 'command')
        pairs.add(`${attempt.from.status} ${attempt.move.event.type}`)
    }
  })
})

afterAll(() => {
  expect([...taken].toSorted()).toEqual(TRANSITIONS)
  process.stdout.write(
    `\npoppy/service over HTTP: ${moves} moves, ${taken.size} transitions, ${pairs.size} pairs of status and command\n`,
  )
})
