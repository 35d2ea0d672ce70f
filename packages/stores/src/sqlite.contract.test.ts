import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Store } from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import { expect, it } from 'vitest'
import { answer, refOf } from './contract/given.ts'
import { storeContract } from './contract.ts'
import { sqliteStore } from './sqlite/index.ts'

type Open = (file: string) => Store

const openFile: Open = (file) => {
  const store = sqliteStore({ database: new DatabaseSync(file) })
  if (E.isLeft(store)) throw new Error(store.left.message)
  return store.right
}

const openFlushed: Open = (file) => {
  const flush = async (): Promise<void> => {
    const log = await open(`${file}-wal`, 'r+')
    await log.datasync()
    await log.close()
  }
  const store = sqliteStore({ database: new DatabaseSync(file), flush })
  if (E.isLeft(store)) throw new Error(store.left.message)
  return store.right
}

for (const [name, opening] of [
  ['sqlite', openFile],
  ['sqlite, flushed beside', openFlushed],
] as const)
  storeContract(
    name,
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'signalbox-'))
      const file = join(folder, 'store.db')
      const opened = [opening(file)]
      return {
        store: opened[0] as Store,
        reopen: () => {
          const again = opening(file)
          opened.push(again)
          return Promise.resolve(again)
        },
        dispose: async () => {
          for (const store of opened) await store.close()()
          await rm(folder, { recursive: true })
        },
      }
    },
    { persistent: true },
  )

// Writes batches without end and names each commit on its output once the store has acknowledged it.
const writer = (file: string, life: number): string => `
  import { writeSync } from 'node:fs'
  import { DatabaseSync } from 'node:sqlite'
  const { sqliteStore } = await import(${JSON.stringify(import.meta.resolve('./sqlite/index.ts'))})
  const { effectOf, entryOf, refOf, stateOf, writing } =
    await import(${JSON.stringify(import.meta.resolve('./contract/given.ts'))})
  const opened = sqliteStore({ database: new DatabaseSync(${JSON.stringify(file)}) })
  if (opened._tag === 'Left') throw new Error(opened.left.message)
  for (let n = 0; ; n += 4) {
    const ids = [n, n + 1, n + 2, n + 3].map((one) => '${life}.' + one)
    const batch = ids.map((id) => writing([stateOf(refOf(id))], {
      journal: [entryOf(id, refOf(id))],
      effects: [effectOf(id, refOf(id))],
    }))
    const answers = await opened.right.commit(batch)()
    if (answers._tag === 'Left') throw new Error(answers.left.message)
    writeSync(1, ids.join('\\n') + '\\n')
  }
`

it('finds every acknowledged commit, whole, after the process was killed again and again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-'))
  const file = join(folder, 'store.db')
  const acknowledged: Array<string> = []
  for (let life = 0; life < 4; life += 1) {
    const child = spawn(
      process.execPath,
      ['--conditions=source', '--input-type=module', '-e', writer(file, life)],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk
      if (output.length > 700 * (life + 1)) child.kill('SIGKILL')
    })
    await once(child, 'close')
    acknowledged.push(...output.split('\n').slice(0, -1))
  }
  const store = openFile(file)
  const ids = new Set<string>()
  let after: string | undefined
  do {
    const page = await answer(
      store.journal({ limit: 1000, ...(after === undefined ? {} : { after }) }),
    )
    for (const { id } of page.entries) ids.add(id)
    after = page.more ? page.cursor : undefined
  } while (after !== undefined)
  expect(acknowledged.length).toBeGreaterThan(300)
  expect(acknowledged.filter((id) => !ids.has(id))).toEqual([])
  // What was not acknowledged in time is there as a whole or not at all.
  for (const id of ids) {
    expect(await answer(store.load(refOf(id)))).toBeDefined()
    expect((await answer(store.effects({ ref: refOf(id), limit: 9 }))).items).toHaveLength(1)
  }
  await store.close()()
  await rm(folder, { recursive: true })
})
