import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sqliteStore } from '@signalbox/stores/sqlite'
import { comparisonOf } from './comparison.ts'
import type { Bound, Pair } from './comparison.ts'
import { exchange } from './connection.ts'
import { expect } from './expect.ts'
import type { Figure, Measure } from './figure.ts'
import { populate } from './population.ts'
import { moduleLaunch, startProgram } from './program.ts'
import type { Program } from './program.ts'
import { serviceCall } from './request.ts'
import { startSignalbox } from './signalbox.ts'
import { rowOf } from './statistics.ts'
import { inTemporaryFolder } from './temporary.ts'

/**
 * Measures how long it takes from the start of the process until a service is shown, with so many services in the file,
 * beside a route of nothing but the framework that is started the same way and shows the same.
 */
export const measureStart: Measure = ({ rounds, progress }): Promise<Figure> =>
  inTemporaryFolder(async (folder) => {
    progress(`start: ${SERVICES} services`)
    const file = join(folder, 'signalbox.db')
    const store = expect(sqliteStore({ database: new DatabaseSync(file) }))
    await populate(store, { services: SERVICES, tenants: TENANTS })
    expect(await store.close()())
    const probe = serviceCall(0)
    const startOurs = (): Promise<Program> =>
      startSignalbox(folder, { store: `sqlite:${file}`, probe })
    // The first start leaves behind what every further one finds: flavors that are stored, modules that are compiled.
    const first = await startOurs()
    const reply = await exchange(first.port, Buffer.from(probe))
    await first.end()
    const body = reply.slice(reply.indexOf('\r\n\r\n') + 4)
    const startBare = (): Promise<Program> =>
      startProgram(
        moduleLaunch(BARE, { args: (port) => [String(port), '5000', '{}', body], probe }),
      )
    await (await startBare()).end()
    const pairs: Array<Pair> = []
    for (let round = 1; round <= rounds * TIMES; round += 1) {
      progress(`start: round ${round} of ${rounds * TIMES}`)
      const [ours = Number.NaN, beside = Number.NaN] = [
        await startMsOf(startOurs),
        await startMsOf(startBare),
      ]
      pairs.push({ ours, beside })
    }
    return {
      name: 'start',
      title: `From the start of the process to the first 200, SQLite with ${SERVICES} services`,
      columns: [MS],
      rows: [
        rowOf(
          'signalbox',
          pairs.map(({ ours }) => ({ [MS]: ours })),
        ),
        rowOf(
          'bare Hono server',
          pairs.map(({ beside }) => ({ [MS]: beside })),
        ),
      ],
      comparisons: [
        comparisonOf('start to first 200 beside a bare Hono server', {
          unit: MS,
          bound: BOUND,
          rounds: pairs,
        }),
      ],
    }
  })

// -- internals

const BARE = new URL('./bare.ts', import.meta.url)

const BOUND: Bound = { kind: 'at most', value: 3 }
const SERVICES = 10_000
const TENANTS = 100
const TIMES = 4
const MS = 'ms'

const startMsOf = async (start: () => Promise<Program>): Promise<number> => {
  const { startMs, end } = await start()
  await end()
  return startMs
}
