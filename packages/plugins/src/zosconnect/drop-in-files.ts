import type { Json } from '@signalbox/core'
import type { Archive } from '@signalbox/core/zosconnect'

/** Access to files, which an app gives. Paths are joined with a slash; what fails rejects. */
export interface FileAccess {
  /** The plain files of a folder, links left out. */
  readonly list: (folder: string) => Promise<ReadonlyArray<FileEntry>>
  /** Rejects when the file is larger than so many bytes, or a link. */
  readonly read: (path: string, limit: number) => Promise<Uint8Array>
  /** Puts a file in place at once, so that nobody reads half of it. */
  readonly write: (path: string, bytes: Uint8Array) => Promise<void>
  /** Does nothing when there is no such file. */
  readonly remove: (path: string) => Promise<void>
}

/** A file of a folder. */
export interface FileEntry {
  readonly name: string
  /** Differs whenever the file has been changed. */
  readonly mark: string
}

/** The files that archives were dropped in as: an archive's id tells which one it came from. */
export interface DropInFiles {
  /** Makes the id of an archive that stands for a file, a path below the directory. */
  readonly idFor: (path: string, unique: string) => string
  /** The file an archive came from; undefined when it came by a request. */
  readonly pathOf: (archive: Pick<Archive, 'id'>) => string | undefined
  /** Puts what has replaced an archive in the place of its file. */
  readonly rewrite: (archive: Pick<Archive, 'id'>, bytes: Uint8Array) => Promise<void>
  /** Removes the file of an archive that has been deleted. */
  readonly discard: (archive: Pick<Archive, 'id'>) => Promise<void>
}

/** The same files, which stay as they are. */
export const unchanging = (dropIns: DropInFiles): DropInFiles => ({
  ...dropIns,
  rewrite: async () => {},
  discard: async () => {},
})

/** Makes the files of a directory; what cannot be written or removed is logged. */
export const createDropInFiles = ({
  directory,
  files,
  log,
}: {
  readonly directory: string
  readonly files: Pick<FileAccess, 'write' | 'remove'>
  readonly log: (event: string, detail: Readonly<Record<string, Json>>) => void
}): DropInFiles => {
  const pathOf: DropInFiles['pathOf'] = ({ id }) => {
    const [kind, path] = id.split(':')
    return kind === MARK && path !== undefined ? decodeURIComponent(path) : undefined
  }
  const change = async (
    archive: Pick<Archive, 'id'>,
    work: (path: string) => Promise<void>,
  ): Promise<void> => {
    const path = pathOf(archive)
    if (path === undefined) return
    try {
      await work(`${directory}/${path}`)
    } catch (thrown) {
      log('drop-in.unchanged', { file: path, message: String(thrown) })
    }
  }
  return {
    idFor: (path, unique) => `${MARK}:${encodeURIComponent(path)}:${unique}`,
    pathOf,
    rewrite: (archive, bytes) => change(archive, (path) => files.write(path, bytes)),
    discard: (archive) => change(archive, files.remove),
  }
}

// -- internals

const MARK = 'drop-in'
