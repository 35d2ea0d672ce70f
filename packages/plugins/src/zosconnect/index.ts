export { createZosconnect, zosconnect } from './plugin.ts'
export { Authorization, ConfiguredService, Levels, Settings } from './settings.ts'
export { isServiceFailure, serviceFailure } from './spi.ts'
export type {
  Provider,
  ProviderFactory,
  ProviderHost,
  ServiceArchive,
  ServiceFailure,
} from './spi.ts'
