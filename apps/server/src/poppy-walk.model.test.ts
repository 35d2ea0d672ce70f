import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createPoppy } from '@signalbox/plugins/poppy'
import { CONTRACT_CALLERS } from '@signalbox/plugins/poppy/contract'
import {
  poppyWalk,
  takeMove,
  TRANSITIONS,
  WALK_SETTINGS,
  withDoor,
} from '@signalbox/plugins/poppy/walk'
import type { WalkBench } from '@signalbox/plugins/poppy/walk'
import * as E from 'fp-ts/lib/Either.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openHouse } from './house.ts'
import type { House } from './house.ts'
import { exchange } from './wire.ts'

const T0 = 1_800_000_000_000

// For a machine that has much else to do.
const LONG = 120_000

let cwd = ''
let house: House
let bench: WalkBench

const taken = new Set<string>()
let moves = 0

beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'signalbox-'))
  const { plugin, services } = withDoor(createPoppy())
  house = await openHouse({
    path: join(cwd, 'box.db'),
    at: T0,
    plugins: [plugin],
    settings: { poppy: WALK_SETTINGS },
    principals: Object.entries(CONTRACT_CALLERS).map(([id, caller]) => ({
      ...caller,
      id,
      provider: 'poppy',
    })),
  })
  bench = {
    store: house.store,
    services,
    advance: house.clock.advance,
    send: (caller, line, body) => {
      const [method = 'GET', path = '/'] = line.split(' ')
      return exchange(house.url, path, {
        method,
        headers: { 'x-auth-token': `${caller}-secret` },
        body: body === undefined ? null : JSON.stringify(body),
      })
    },
  }
})

// The figures are asked for, so this suite prints them.
afterAll(async () => {
  await house.close()
  rmSync(cwd, { recursive: true })
  expect([...taken].toSorted()).toEqual(TRANSITIONS)
  process.stdout.write(`\npoppy/service over a socket: ${moves} moves, ${taken.size} transitions\n`)
})

describe('every move of the walk, over a socket and a file', () => {
  it.each(poppyWalk())(
    'in %s',
    async (_, attempts) => {
      for (const attempt of attempts) {
        moves += 1
        const { about, seen, due } = await takeMove(bench, attempt, `s${moves}.example.com`)
        expect(seen, about).toEqual(due)
        if (E.isRight(attempt.outcome)) for (const { id } of attempt.edges) taken.add(id)
      }
    },
    LONG,
  )
})
