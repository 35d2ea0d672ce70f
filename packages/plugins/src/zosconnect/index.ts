import type { Plugin } from '@signalbox/host'
import { parsers } from './parsers.ts'
import { createZosconnect as createPlugin } from './plugin.ts'
import type { ZosconnectOptions as PluginOptions } from './plugin.ts'
import type { Settings } from './settings.ts'

export type { ArchiveParsers } from './archive-parsers.ts'
export type { FileAccess, FileEntry } from './drop-in-files.ts'
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

/** What an embedder may give the plugin; without parsers it has its own. */
export type ZosconnectOptions = Partial<PluginOptions>

/** Makes the plugin with what an app gives it. */
export const createZosconnect = (options: ZosconnectOptions = {}): Plugin<Settings> =>
  createPlugin({ parsers: async () => parsers, ...options })

/** The administration of z/OS Connect with the shipped providers, without access to files. */
export const zosconnect: Plugin<Settings> = createZosconnect()
