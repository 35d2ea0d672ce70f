import { cpus } from 'node:os'

/** Where a measurement was taken. */
export interface Surroundings {
  readonly node: string
  readonly platform: string
  readonly processor: string
}

/** Says what this machine is. */
export const machineOf = (): Surroundings => {
  const all = cpus()
  return {
    node: `Node ${process.version}`,
    platform: `${process.platform} ${process.arch}`,
    processor: `${all.length} × ${all[0]?.model.trim() ?? 'unknown processor'}`,
  }
}
