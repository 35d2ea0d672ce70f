import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sqliteStore } from '@signalbox/stores/sqlite'
import { startChild } from './child.ts'
import type { Child } from './child.ts'
import type { Experience, Load } from './client.process.ts'
import { comparisonOf } from './comparison.ts'
import type { Bound, Pair } from './comparison.ts'
import { exchange } from './connection.ts'
import { expect } from './expect.ts'
import type { Figure, Measure, Numbers } from './figure.ts'
import { populate } from './population.ts'
import { moduleLaunch, startProgram } from './program.ts'
import type { Program } from './program.ts'
import { serviceCall, statusCall, statusLaps } from './request.ts'
import { startSignalbox } from './signalbox.ts'
import { rowOf } from './statistics.ts'
import { inTemporaryFolder } from './temporary.ts'

/**
 * Measures the server as it is started for use, with durable status calls by many clients, beside a route of nothing but
 * the framework that parses the same requests and answers with the same bytes. They are programs of their own and take
 * turns; so are the clients.
 */
export const measureHttp: Measure = ({ progress, ...options }): Promise<Figure> =>
  inTemporaryFolder(async (folder) => {
    const { seconds, rounds, services, profile } = options
    const programs: Array<Program> = []
    const client = await startChild<Load, Experience>(CLIENT, [])
    try {
      progress(`http: ${services} services`)
      const file = join(folder, 'signalbox.db')
      const store = expect(sqliteStore({ database: new DatabaseSync(file) }))
      await populate(store, { services, tenants: 1 })
      expect(await store.close()())
      const execArgv =
        profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${resolve(profile)}`]
      const probe = serviceCall(0)
      const ours = await startSignalbox(folder, { store: `sqlite:${file}`, probe, execArgv })
      programs.push(ours)
      const bare = await startBare(probe)
      programs.push(bare)
      await compareReplies(ours, bare)
      const load = { clients: CLIENTS, laps: statusLaps(services), accepted: 201 }
      for (const { port } of programs)
        await client.ask({ ...load, port, seconds: Math.min(seconds, WARM_SECONDS) })
      const measured: Array<ReadonlyArray<Numbers>> = []
      for (let round = 1; round <= rounds; round += 1) {
        progress(`http: round ${round} of ${rounds}`)
        const numbers: Array<Numbers> = []
        for (const program of programs)
          numbers.push(await measure(client, program, { ...load, seconds }))
        measured.push(numbers)
      }
      await client.end()
      for (const program of programs) await program.end()
      const rateOf = (numbers: Numbers | undefined): number => numbers?.[RATE] ?? Number.NaN
      const pairs = measured.map(([own, other]): Pair => ({
        ours: rateOf(own),
        beside: rateOf(other),
      }))
      return {
        name: 'http',
        title: `Status calls over HTTP by ${CLIENTS} clients on ${services} services, SQLite, synchronous = full`,
        columns: [RATE, 'p50 ms', 'p99 ms', 'µs CPU'],
        rows: ['signalbox', 'bare Hono route'].map((subject, index) =>
          rowOf(
            subject,
            measured.map((numbers) => numbers[index] ?? {}),
          ),
        ),
        comparisons: [
          comparisonOf('durable status change over HTTP beside a bare Hono route', {
            unit: 'requests/s',
            bound: BOUND,
            rounds: pairs,
          }),
        ],
      }
    } finally {
      client.kill()
      for (const { kill } of programs) kill()
    }
  })

// -- internals

const CLIENT = new URL('./client.process.ts', import.meta.url)
const BARE = new URL('./bare.ts', import.meta.url)

const BOUND: Bound = { kind: 'at least', value: 0.5 }
const CLIENTS = 64
const WARM_SECONDS = 3
const RATE = 'requests/s'

// What the server says of a connection that is kept.
const KEEP_ALIVE_MS = 65_000

const startBare = (probe: string): Promise<Program> =>
  startProgram(
    moduleLaunch(BARE, {
      args: (port) => [
        String(port),
        String(KEEP_ALIVE_MS),
        JSON.stringify({ 'content-length': '0' }),
      ],
      probe,
    }),
  )

const compareReplies = async (ours: Program, bare: Program): Promise<void> => {
  const [own, other] = await Promise.all(
    [ours, bare].map(async ({ port }) =>
      linesOf(await exchange(port, Buffer.from(statusCall(0, 'deployed')))),
    ),
  )
  if (own !== other) throw new Error(`the replies differ: ${own} and ${other}`)
}

// Headers have no order, and a date is not the same twice.
const linesOf = (reply: string): string => {
  const [head = '', body = ''] = reply.split('\r\n\r\n')
  const [first, ...headers] = head.split('\r\n').map((line) => line.toLowerCase())
  const kept = headers.filter((line) => !line.startsWith('date:')).toSorted()
  return JSON.stringify([first, ...kept, body])
}

const measure = async (
  client: Child<Load, Experience>,
  { port, cpuMs }: Program,
  load: Omit<Load, 'port'>,
): Promise<Numbers> => {
  const before = cpuMs()
  const { changes, seconds, p50, p99, refused } = await client.ask({ ...load, port })
  const spent = cpuMs() - before
  if (Object.keys(refused).length > 0) throw new Error(`refused: ${JSON.stringify(refused)}`)
  return {
    [RATE]: changes / seconds,
    'p50 ms': p50,
    'p99 ms': p99,
    ...(Number.isNaN(spent) ? {} : { 'µs CPU': (spent * 1000) / changes }),
  }
}
