import { writeFileSync } from 'node:fs'
import * as E from 'fp-ts/lib/Either.js'
import { measureBatch } from './batch.ts'
import { measureDecide } from './decide.ts'
import type { Figure, Measure } from './figure.ts'
import { measureHttp } from './http.ts'
import { measureLoad } from './load.ts'
import { HELP, readOptions } from './options.ts'
import type { FigureName } from './options.ts'
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
    process.stderr.write(`bench: ${read.left}\n`)
    return 2
  }
  if (read.right === 'help') {
    process.stdout.write(HELP)
    return 0
  }
  const options = read.right
  const surroundings = machineOf()
  const figures: Array<Figure> = []
  try {
    process.stdout.write(`${Object.values(surroundings).join(' · ')}\n`)
    for (const name of options.figures) {
      const figure = await MEASURES[name]({ ...options, progress })
      figures.push(figure)
      process.stdout.write(`\n${tableOf(figure)}`)
    }
    process.stdout.write(closingTableOf(figures.flatMap(({ comparisons = [] }) => comparisons)))
    if (options.json !== undefined) {
      const { seconds, rounds, services, most, syncMs } = options
      const report = { surroundings, options: { seconds, rounds, services, most, syncMs }, figures }
      writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`)
    }
    return 0
  } catch (thrown) {
    process.stderr.write(`bench: ${thrown instanceof Error ? thrown.message : String(thrown)}\n`)
    return 1
  }
}

// -- internals

const MEASURES: Readonly<Record<FigureName, Measure>> = {
  http: measureHttp,
  sqlite: measureSqlite,
  postgres: measurePostgres,
  decide: measureDecide,
  scale: measureScale,
  start: measureStart,
  batch: measureBatch,
  load: measureLoad,
}

const progress = (line: string): void => void process.stderr.write(`${line}\n`)
