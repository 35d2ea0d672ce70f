import { basePathsOverlap } from '@signalbox/core/zosconnect'

/** Where this process lets APIs be served. What another one has just brought in, only the store's own claim knows. */
export interface BasePaths {
  /** Takes paths for an id, in the place of those it had; answers a path that is in the way, and takes nothing then. */
  readonly take: (
    id: string,
    paths: ReadonlyArray<string>,
    others: ReadonlyMap<string, ReadonlyArray<string>>,
  ) => string | undefined
  /** Says what an id has in the end. */
  readonly keep: (id: string, paths: ReadonlyArray<string>) => void
  /** The same places as they are now, which go on by themselves. */
  readonly copy: () => BasePaths
}

/** Makes the places where nothing is served yet; `mounts` names what belongs to others. */
export const createBasePaths = (mounts: () => ReadonlyArray<string>): BasePaths =>
  basePathsFrom(mounts, new Map())

// -- internals

const basePathsFrom = (
  mounts: () => ReadonlyArray<string>,
  taken: Map<string, ReadonlyArray<string>>,
): BasePaths => ({
  take: (id, paths, others) => {
    const foreign = [...others, ...taken].flatMap(([owner, held]) => (owner === id ? [] : held))
    const inTheWay = paths.find((path) =>
      [...mounts(), ...foreign].some((other) => basePathsOverlap(path, other)),
    )
    if (inTheWay === undefined) taken.set(id, paths)
    return inTheWay
  },
  keep: (id, paths) => {
    if (paths.length === 0) taken.delete(id)
    else taken.set(id, paths)
  },
  copy: () => basePathsFrom(mounts, new Map(taken)),
})
