export * from './codecs.ts'
export {
  BillingActivated,
  BillingRestored,
  BillingSuspended,
  ConfigureService,
  CreateService,
  OptionValues,
  UsageExceeded,
  UseService,
} from './events.ts'
export { formatInstant } from './instant.ts'
export { commandFor, matrix } from './matrix.ts'
export type { Cell, Condition, Outcome, Standing } from './matrix.ts'
export { catalogue, trafficLimitOf } from './options.ts'
export type { OptionDefinition, OptionList } from './options.ts'
export {
  accountStatus,
  contextOf,
  createServices,
  presentStatus,
  renderService,
  requestStatus,
  serviceNames,
  standingOf,
  statusOf,
} from './rules.ts'
export type { StatusRefusal, StatusRequest } from './rules.ts'
export { createGcoreLifecycle, gcoreService, ServiceWork, UseWork } from './service.machine.ts'
export { judgeWrite, readWrite } from './write.ts'
export type { FieldErrors, OptionWrite, ServiceWrite } from './write.ts'
