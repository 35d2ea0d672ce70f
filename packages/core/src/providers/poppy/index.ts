export * from './codecs.ts'
export { isDomain, isIpRange, isIpv4, isIpv6, isSharedLabel, isUuid } from './formats.ts'
export { escapeHtml, toPython } from './notation.ts'
export { textOf } from './poppy-error.ts'
export type { PoppyError } from './poppy-error.ts'
export {
  documentOf,
  isShared,
  parseServiceId,
  placeShared,
  sharedName,
  validateCreate,
  validateFlavor,
  validateUpdate,
} from './rules.ts'
export type { Surroundings } from './rules.ts'
export {
  anything,
  choice,
  closed,
  flag,
  integer,
  list,
  nothing,
  object,
  renderViolation,
  text,
  union,
  violations,
} from './schema.ts'
export type { Format, Path, Schema, Shape, Violation } from './schema.ts'
export {
  createPoppyLifecycle,
  domainClaim,
  poppyService,
  servicesQuota,
} from './service.machine.ts'
export type { PoppySettings } from './service.machine.ts'
