import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Store } from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import { storeContract } from './contract.ts'
import { sqliteStore } from './sqlite/index.ts'

const openFile = (file: string): Store => {
  const store = sqliteStore({ database: new DatabaseSync(file) })
  if (E.isLeft(store)) throw new Error(store.left.message)
  return store.right
}

storeContract(
  'sqlite',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'signalbox-'))
    const file = join(folder, 'store.db')
    const opened = [openFile(file)]
    return {
      store: opened[0] as Store,
      reopen: () => {
        const again = openFile(file)
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
