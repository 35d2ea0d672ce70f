export {
  certificateClaim,
  certificateRef,
  createCertificateLifecycle,
  poppyCertificate,
} from './certificate.machine.ts'
export * from './codecs.ts'
export { DOMAIN, isDomain, isSharedLabel, PROJECT_ID, SHARED_LABEL } from './formats.ts'
export { escapeHtml, toPython } from './notation.ts'
export { textOf } from './poppy-error.ts'
export type { PoppyError } from './poppy-error.ts'
export {
  documentOf,
  isRootDomain,
  isShared,
  parseServiceId,
  placeShared,
  sharedName,
  validateCreate,
  validateFlavor,
  validateUpdate,
} from './rules.ts'
export type { Surroundings } from './rules.ts'
export { renderViolation, violations } from './schema.ts'
export type { AnySchema, Path, Schema, Shape, Violation } from './schema.ts'
export {
  createPoppyLifecycle,
  domainClaim,
  poppyService,
  servicesQuota,
} from './service.machine.ts'
export type { PoppySettings } from './service.machine.ts'
