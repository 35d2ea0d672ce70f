import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { measureBatch } from './batch.ts'
import { measureDecide } from './decide.ts'
import type { Figure, Measure } from './figure.ts'
import { measureHttp } from './http.ts'
import { measureLoad } from './load.ts'
import { HELP, readOptions, REPORT } from './options.ts'
import type { FigureName } from './options.ts'
import { measurePeers } from './peers.ts'
import { measurePostgres } from './postgres.ts'
import { measureScale } from './scale.ts'
import { measureSqlite } from './sqlite.ts'
import { measureStart } from './start.ts'
import { machineOf } from './surroundings.ts'
import { closingTableOf, tableOf } from './table.ts'

/** Runs the command and answers its exit code: 0, 1 when something broke, 2 when the caller is mistaken. No speed is a failure. */
export const run = async (args: ReadonlyArray<string>): Promise<number> => {
  const read = readOptions(args)
  if (E.isLeft(read)) {
    complain(read.left)
    return 2
  }
  if (read.right === 'help') {
    process.stdout.write(HELP)
    return 0
  }
  const options = read.right
  const surroundings = machineOf()
  const figures: Array<Figure> = []
  const failed: Array<string> = []
  process.stdout.write(`${Object.values(surroundings).join(' · ')}\n`)
  for (const name of options.figures) {
    try {
      const figure = await MEASURES[name]({ ...options, progress })
      figures.push(figure)
      process.stdout.write(`\n${tableOf(figure)}`)
    } catch (thrown) {
      // What has been measured by then is worth having, and so is the rest.
      failed.push(name)
      complain(`${name}: ${messageOf(thrown)}`)
    }
  }
  const comparisons = figures.flatMap((figure) => figure.comparisons ?? [])
  process.stdout.write(closingTableOf(comparisons))
  try {
    const { seconds, rounds, services, most, syncMs, json } = options
    const taken = { seconds, rounds, services, most, syncMs }
    const report = { surroundings, options: taken, comparisons, figures, failed }
    if (json === REPORT) mkdirSync(dirname(json), { recursive: true })
    writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`)
    process.stdout.write(`\nEvery round is in ${json}\n`)
  } catch (thrown) {
    complain(messageOf(thrown))
    return 1
  }
  return failed.length === 0 ? 0 : 1
}

// -- internals

const MEASURES: Readonly<Record<FigureName, Measure>> = {
  http: measureHttp,
  sqlite: measureSqlite,
  postgres: measurePostgres,
  decide: measureDecide,
  scale: measureScale,
  start: measureStart,
  peers: measurePeers,
  batch: measureBatch,
  load: measureLoad,
}

const complain = (line: string): void => void process.stderr.write(`bench: ${line}\n`)

const messageOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message : String(thrown)

const progress = (line: string): void => void process.stderr.write(`${line}\n`)
