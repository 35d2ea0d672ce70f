export {
  ARCHIVE_LIMITS,
  archivePath,
  entryNameProblem,
  filesOf,
  manifestTextProblem,
  packageDefinition,
  readManifest,
  readSchema,
  recordsOf,
  serviceDefinition,
} from './archive.ts'
export type { FileReference } from './archive.ts'
export * from './codecs.ts'
export { errorBody, errorText, escapeText, installedLog, unavailableLog } from './error-text.ts'
export type { ErrorFacts } from './error-text.ts'
export {
  maskSecrets,
  renderApi,
  renderApiList,
  renderApiRequester,
  renderApiRequesterList,
  renderDetails,
  renderList,
  renderListEntry,
  renderStatus,
  wireStatus,
} from './render.ts'
export type { Shown, ShownService } from './render.ts'
export {
  dispatch,
  dispatchCollection,
  METHODS,
  parsePayload,
  readServicePath,
  splitPath,
} from './request.ts'
export type { BadRequest, CollectionVerb, PathReading, Request, Verb } from './request.ts'
export {
  basePathsOverlap,
  isDraining,
  mismatchOf,
  newsOf,
  propertiesOf,
  refusalOf,
  refusalOfInvoke,
} from './rules.ts'
export type { Change, Standing } from './rules.ts'
export { TENANT, zosApi, zosApiRequester, zosService } from './service.machine.ts'
