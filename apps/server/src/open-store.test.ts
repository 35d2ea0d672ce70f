import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { exitCodeOf, lineOf } from './failure.ts'
import { openStore } from './open-store.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'signalbox-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

const sqlite = (path: string): ReturnType<typeof openStore> => openStore({ kind: 'sqlite', path })

const lineFor = async (opening: ReturnType<typeof openStore>): Promise<string> => {
  const outcome = await opening
  if (E.isRight(outcome)) throw new Error('it was opened')
  expect(exitCodeOf(outcome.left)).toBe(1)
  return lineOf(outcome.left)
}

describe('openStore', () => {
  it('opens a file in a folder that is not there yet', async () => {
    const path = join(folder, 'data', 'box.db')
    const store = await sqlite(path)
    if (E.isLeft(store)) throw new Error(lineOf(store.left))
    expect(E.isRight(await store.right.ping()())).toBe(true)
    await store.right.close()()
    expect(existsSync(path)).toBe(true)
  })

  it('says that another has the file, and opens it once that has let go', async () => {
    const path = join(folder, 'box.db')
    const first = await sqlite(path)
    if (E.isLeft(first)) throw new Error(lineOf(first.left))
    expect(await lineFor(sqlite(path))).toMatch(/^signalbox: sqlite:.*box\.db: .*in use/)
    await first.right.close()()
    const second = await sqlite(path)
    if (E.isLeft(second)) throw new Error(lineOf(second.left))
    await second.right.close()()
  })

  it('says that a file is none of ours', async () => {
    const path = join(folder, 'box.db')
    writeFileSync(
      path,
      'This is a letter, and longer than the header of a database would be. '.repeat(20),
    )
    expect(await lineFor(sqlite(path))).toContain('it is not a database')
  })

  it('says that no database server answers, and quotes no password', async () => {
    const url = 'postgres://signalbox:hunter2@127.0.0.1:1/box?password=hunter2'
    const line = await lineFor(openStore({ kind: 'postgres', url }))
    expect(line).toMatch(
      /^signalbox: postgres:\/\/signalbox@127\.0\.0\.1:1\/box: .*cannot be reached/,
    )
    expect(line).not.toContain('hunter2')
  })

  it('says that a path cannot be', async () => {
    const path = join(folder, 'file')
    writeFileSync(path, '')
    expect(await lineFor(sqlite(join(path, 'box.db')))).toMatch(/^signalbox: sqlite:/)
    expect(await lineFor(sqlite(folder))).toMatch(/^signalbox: sqlite:/)
  })
})
