import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { startChild } from './child.ts'
import type { Child } from './child.ts'
import type { Experience, Load } from './client.process.ts'
import type { Figure, Measure, Numbers } from './figure.ts'
import type { Options } from './options.ts'
import { rateOf } from './rate.ts'
import { statusLaps } from './request.ts'
import type { Deeds } from './server.ts'
import { pause } from './slow.ts'
import { rowOf } from './statistics.ts'
import { inTemporaryFolder } from './temporary.ts'

/**
 * Measures status calls from outside: clients, host and the bare server it is compared with are processes of their own, and
 * one after another has the machine to itself.
 */
export const measureLoad: Measure = ({ progress, ...options }): Promise<Figure> =>
  inTemporaryFolder(async (folder) => {
    const { seconds, rounds, services, syncMs, profile } = options
    const children: Array<Child<never, unknown>> = []
    const start = async <Question, Answer>(
      module: URL,
      args: ReadonlyArray<string | number>,
      execArgv: ReadonlyArray<string> = [],
    ): Promise<Child<Question, Answer>> => {
      const child = await startChild<Question, Answer>(module, args.map(String), execArgv)
      children.push(child)
      return child
    }
    try {
      progress('load: begin')
      const profiling =
        profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${resolve(profile)}`]
      const [host, naive, client] = await Promise.all([
        start<string, Deeds>(HOST, [join(folder, 'host.db'), services, syncMs], profiling),
        start<string, Deeds>(NAIVE, [join(folder, 'naive.db'), syncMs]),
        start<Load, Experience>(CLIENT, []),
      ])
      const floor = openFloor(join(folder, 'floor.db'), syncMs)
      const subjects = CLIENTS.flatMap((clients) =>
        [
          { name: 'signalbox', server: host },
          { name: 'bare insert', server: naive },
        ].map((subject) => ({ ...subject, clients })),
      )
      const load = { laps: statusLaps(services), accepted: 201 }
      const brief = Math.min(seconds, 2)
      for (const { server, clients } of subjects)
        await measure(client, server, { ...load, clients, seconds: brief })
      const measured: Array<ReadonlyArray<Numbers>> = []
      for (let round = 1; round <= rounds; round += 1) {
        const disk = floor.rate(brief * 1000)
        const numbers: Array<Numbers> = []
        for (const { name, server, clients } of subjects) {
          progress(`load: round ${round} of ${rounds}, ${name}, ${clientsText(clients)}`)
          numbers.push(await measure(client, server, { ...load, clients, seconds }))
        }
        measured.push([
          ...numbers.map((own, index) => related(own, numbers, index, disk)),
          { [RATE]: disk },
        ])
      }
      floor.close()
      for (const child of children) await child.end()
      return {
        name: 'load',
        title: titleOf(options),
        columns: [
          RATE,
          'p50 ms',
          'p99 ms',
          'commits/change',
          'commits/tx',
          'µs CPU',
          'of bare',
          'of disk',
        ],
        rows: [
          ...subjects.map(({ name, clients }) => `${name}, ${clientsText(clients)}`),
          'the disk alone',
        ].map((subject, index) =>
          rowOf(
            subject,
            measured.map((round) => round[index] ?? {}),
          ),
        ),
      }
    } finally {
      for (const { kill } of children) kill()
    }
  })

// -- internals

const HOST = new URL('./host.process.ts', import.meta.url)
const NAIVE = new URL('./naive.process.ts', import.meta.url)
const CLIENT = new URL('./client.process.ts', import.meta.url)

const CLIENTS = [64, 1] as const
const RATE = 'changes/s'

const titleOf = ({ services, syncMs }: Pick<Options, 'services' | 'syncMs'>): string =>
  [
    `Status calls on ${services} services, SQLite, synchronous = full`,
    ...(syncMs > 0 ? [`${syncMs} ms added to every transaction`] : []),
  ].join(', ')

const clientsText = (clients: number): string => (clients === 1 ? '1 client' : `${clients} clients`)

const measure = async (
  client: Child<Load, Experience>,
  server: Child<string, Deeds>,
  load: Omit<Load, 'port'>,
): Promise<Numbers> => {
  const before = await server.ask('deeds')
  const { changes, seconds, p50, p99, refused } = await client.ask({ ...load, port: before.port })
  const after = await server.ask('deeds')
  const commits = after.commits - before.commits
  if (Object.keys(refused).length > 0) throw new Error(`refused: ${JSON.stringify(refused)}`)
  if (commits < changes) throw new Error(`${changes} changes, but ${commits} commits`)
  return {
    [RATE]: changes / seconds,
    'p50 ms': p50,
    'p99 ms': p99,
    'commits/change': commits / changes,
    'commits/tx': commits / (after.transactions - before.transactions),
    'µs CPU': ((after.cpuMs - before.cpuMs) * 1000) / changes,
  }
}

// Subjects come in pairs: the host, then the bare server under the same load.
const related = (
  own: Numbers,
  all: ReadonlyArray<Numbers>,
  index: number,
  disk: number,
): Numbers => {
  const rate = own[RATE] ?? Number.NaN
  const bare = all[index + 1]?.[RATE] ?? Number.NaN
  const relative = { ...own, 'of disk': rate / disk }
  return index % 2 === 0 ? { ...relative, 'of bare': rate / bare } : relative
}

const openFloor = (
  file: string,
  syncMs: number,
): { readonly rate: (ms: number) => number; readonly close: () => void } => {
  const database = new DatabaseSync(file)
  database.exec(`
    pragma journal_mode = wal;
    pragma synchronous = full;
    create table change (seq integer primary key, status text not null) strict;
  `)
  const insert = database.prepare('insert into change (status) values (?)')
  return {
    rate: (ms) =>
      rateOf(() => {
        insert.run('deployed')
        pause(syncMs)
      }, ms),
    close: () => database.close(),
  }
}
