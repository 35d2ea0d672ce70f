import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { startPostgres } from '../../../scripts/postgres-server.ts'
import { HELP, readOptions } from './options.ts'
import type { Options } from './options.ts'
import { tableOf, violationsOf } from './table.ts'
import { races } from './races.ts'
import { torture } from './torture.ts'
import type { Outcome } from './torture.ts'

/** Runs the command and answers its exit code: see the text of `--help`. */
export const run = async (args: ReadonlyArray<string>): Promise<number> => {
  const read = readOptions(args, new Date().toISOString())
  if (E.isLeft(read)) {
    process.stderr.write(`torture: ${read.left}\n`)
    return 2
  }
  if (read.right === 'help') {
    process.stdout.write(HELP)
    return 0
  }
  const options = read.right
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-torture-'))
  say(`seed ${options.seed}, in ${folder}`)
  const outcomes: Array<Outcome> = []
  try {
    for (const store of options.stores) outcomes.push(...(await RUNS[store](options, folder)))
    process.stdout.write(`seed ${options.seed}\n${tableOf(outcomes)}`)
    if (options.json !== undefined)
      writeFileSync(options.json, `${JSON.stringify({ seed: options.seed, outcomes }, null, 2)}\n`)
  } catch (thrown) {
    say(`torture: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}`)
    say(`what is known of it is in ${folder}`)
    return 1
  }
  const found = outcomes.flatMap(violationsOf)
  if (found.length === 0) {
    rmSync(folder, { recursive: true, force: true })
    return 0
  }
  for (const line of found) process.stdout.write(`${line}\n`)
  process.stdout.write(`calls, journal and logs are in ${folder}\n`)
  return 1
}

// -- internals

const say = (line: string): void => void process.stderr.write(`${line}\n`)

// Often enough that what is found is not far from its cause, seldom enough that hosts are not stopped all the time.
const CHECK_EVERY = 20

// A race is over sooner than a round, and needs fewer of them to meet.
const ROUNDS_A_RACE = 5

type Run = (options: Options, folder: string) => Promise<ReadonlyArray<Outcome>>

const onSqlite: Run = async ({ seed, rounds, clients }, folder) => {
  const own = mkdtempSync(join(folder, 'sqlite-'))
  const outcome = await torture({
    name: 'sqlite',
    seed: `${seed}/sqlite`,
    rounds,
    clients,
    hosts: 1,
    store: `sqlite:${join(own, 'box.db')}`,
    folder: own,
    checkEvery: CHECK_EVERY,
    say,
  })
  return [outcome]
}

const onPostgres: Run = async ({ seed, rounds, clients, hosts, postgres }, folder) => {
  const server = postgres === undefined ? await startPostgres() : undefined
  const shared = {
    seed: `${seed}/postgres`,
    hosts,
    store: postgres ?? server?.url ?? '',
    say,
  }
  try {
    const outcome = await torture({
      ...shared,
      name: 'postgres',
      rounds,
      clients,
      ...(server === undefined ? {} : { restart: server.restart }),
      folder: mkdtempSync(join(folder, 'postgres-')),
      checkEvery: CHECK_EVERY,
    })
    if (outcome.violations.length > 0) return [outcome]
    const raced = await races({
      ...shared,
      name: 'linearizability',
      rounds: Math.ceil(rounds / ROUNDS_A_RACE),
      folder: mkdtempSync(join(folder, 'races-')),
    })
    return [outcome, raced]
  } finally {
    await server?.stop()
  }
}

const RUNS: Readonly<Record<Options['stores'][number], Run>> = {
  sqlite: onSqlite,
  postgres: onPostgres,
}
