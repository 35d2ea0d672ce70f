import { join } from 'node:path'
import { comparisonOf } from './comparison.ts'
import type { Bound, Comparison } from './comparison.ts'
import { expect } from './expect.ts'
import type { Figure, Measure, Row } from './figure.ts'
import { openDatabases, openFiles } from './populated.ts'
import type { Populated } from './populated.ts'
import { changeOf, refOf } from './population.ts'
import { median, rowOf } from './statistics.ts'
import { inTemporaryFolder } from './temporary.ts'

/**
 * Measures what a status change of a service chosen at random costs in a store of many services and in one of few: read,
 * decided and committed. The two stores take turns. What must be reached is the cost of a change by itself; that of many at
 * once is shown beside it, for there few services share what is written and many do not.
 */
export const measureScale: Measure = ({ seconds, rounds, progress, most }): Promise<Figure> =>
  inTemporaryFolder(async (folder) => {
    const rows: Array<Row> = []
    const comparisons: Array<Comparison> = []
    for (const [kind, open] of Object.entries({ SQLite: openFiles, PostgreSQL: openDatabases })) {
      const opened = await open(
        join(folder, kind),
        [
          { services: most, tenants: Math.max(1, Math.round(most / 1000)) },
          { services: FEW, tenants: 1 },
        ],
        (line) => progress(`scale: ${kind}, ${line}`),
      )
      for (const atOnce of [1, AT_ONCE]) {
        progress(`scale: ${kind}, ${atOnce} at once`)
        const [many, few] = opened.stores
        if (many === undefined || few === undefined) throw new Error('a store is missing')
        const ms = (seconds * 1000) / SLICES
        await turns(many, few, { atOnce, ms })
        const pairs = []
        for (let round = 1; round <= rounds; round += 1)
          pairs.push(await turns(many, few, { atOnce, ms }))
        const name = `${kind}, ${atOnce} at once`
        rows.push(
          rowOf(
            name,
            pairs.map(({ ours, beside }) => ({
              'µs of many': ours,
              'µs of few': beside,
              ratio: ours / beside,
            })),
          ),
        )
        if (atOnce > 1) continue
        comparisons.push(
          comparisonOf(
            `status change at ${spelled(most)} services beside ${spelled(FEW)}, ${kind}`,
            {
              unit: 'µs',
              bound: BOUND,
              rounds: pairs,
            },
          ),
        )
      }
      await opened.close()
    }
    return {
      name: 'scale',
      title: `A status change at ${spelled(most)} services and at ${spelled(FEW)}`,
      columns: ['µs of many', 'µs of few', 'ratio'],
      rows,
      comparisons,
    }
  })

// -- internals

const BOUND: Bound = { kind: 'at most', value: 1.3 }
const FEW = 1000
const AT_ONCE = 64
const SLICES = 4

const spelled = (number: number): string => number.toLocaleString('en-US')

// Medians of what one change costs, in µs. Each turn is one batch in either store.
const turns = async (
  many: Populated,
  few: Populated,
  { atOnce, ms }: { readonly atOnce: number; readonly ms: number },
): Promise<{ readonly ours: number; readonly beside: number }> => {
  const ours: Array<number> = []
  const beside: Array<number> = []
  for (const end = performance.now() + ms; ours.length === 0 || performance.now() < end;) {
    ours.push(await costOf(many, atOnce))
    beside.push(await costOf(few, atOnce))
  }
  return { ours: median(ours), beside: median(beside) }
}

let turn = 0

const costOf = async ({ store, population }: Populated, atOnce: number): Promise<number> => {
  const numbers = new Set<number>()
  while (numbers.size < atOnce) numbers.add(Math.floor(Math.random() * population.services))
  const refs = [...numbers].map((number) => refOf(number, population))
  const begun = performance.now()
  const states = await Promise.all(refs.map((ref) => store.load(ref)()))
  const commits = states.map((loaded) => {
    const state = expect(loaded)
    if (state === undefined) throw new Error('a service is missing')
    turn += 1
    return changeOf(state, turn).commit
  })
  for (const answer of expect(await store.commit(commits)())) expect(answer)
  return ((performance.now() - begun) * 1000) / atOnce
}
