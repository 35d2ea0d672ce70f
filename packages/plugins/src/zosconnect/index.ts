export type { FileAccess, FileEntry } from './drop-in-files.ts'
export { createZosconnect, zosconnect } from './plugin.ts'
export type { ZosconnectOptions } from './plugin.ts'
export { Authorization, ConfiguredService, Levels, Settings } from './settings.ts'
export { isServiceFailure, serviceFailure } from './spi.ts'
export type {
  Provider,
  ProviderFactory,
  ProviderHost,
  ServiceArchive,
  ServiceFailure,
  Invocation,
  Invoked,
} from './spi.ts'
