import { constants } from 'node:fs'
import { lstat, open, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { FileAccess, FileEntry } from '@signalbox/plugins/zosconnect'

/** The machine's files, links left out. */
export const files: FileAccess = {
  list: async (folder) => {
    const entries = await readdir(folder, { withFileTypes: true })
    const found = await Promise.all(
      entries.filter((entry) => entry.isFile()).map(({ name }) => entryOf(folder, name)),
    )
    return found.filter((entry) => entry !== undefined)
  },
  read: async (path, limit) => {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
    try {
      const { size } = await file.stat()
      if (size > limit) throw new Error(`larger than ${limit} bytes`)
      return await file.readFile()
    } finally {
      await file.close()
    }
  },
  write: async (path, bytes) => {
    // Under a name that no archive has, so that nobody takes half of it for one.
    const partial = join(dirname(path), `.${basename(path)}.partial`)
    await writeFile(partial, bytes)
    await rename(partial, path)
  },
  remove: (path) => rm(path, { force: true }),
}

// -- internals

// A file may be gone again since its folder was read.
const entryOf = async (folder: string, name: string): Promise<FileEntry | undefined> => {
  try {
    const { size, mtimeNs, ino } = await lstat(join(folder, name), { bigint: true })
    return { name, mark: `${ino}-${size}-${mtimeNs}` }
  } catch {
    return undefined
  }
}
