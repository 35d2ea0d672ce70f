export type { App, Connection } from './app.ts'
export { exponential } from './backoff.ts'
export type { AnyPlugin, BootReport, PluginReport } from './boot.ts'
export { cidrContains, isPublicAddress, parseCidr } from './cidr.ts'
export type { Cidr } from './cidr.ts'
export { virtualClock } from './clock.ts'
export type { Clock, VirtualClock } from './clock.ts'
export type { CommitCounters } from './committer.ts'
export { CONTROL_ROLES, SIGNALBOX } from './control/role.ts'
export type { ConfiguredPrincipal } from './credentials.ts'
export type { Dial, Dialled, DialRequest } from './dial.ts'
export type { Draw } from './draw.ts'
export type { Attempt, Driver, Performance, SignedMessage } from './driver.ts'
export { driverSettings } from './driver-settings.ts'
export { busy, fault, matchFailure, unavailable } from './failure.ts'
export type { Failure } from './failure.ts'
export type { Generic, GenericCommand, GenericRequest, GenericRule, Obstacle } from './generic.ts'
export { createHost } from './host.ts'
export type { Host, HostOptions } from './host.ts'
export type { Audited, Decoded, Incoming, Malformed } from './incoming.ts'
export type { Ledger, LedgerChange } from './ledger.ts'
export type { LogLine } from './log.ts'
export type { Family } from './meter.ts'
export type { MetricsAccess } from './metrics-reply.ts'
export { manualDriver } from './manual-driver.ts'
export { openapi, operationsOf } from './openapi.ts'
export type { Description, Details } from './openapi.ts'
export type { DescribedApi, Page, PageRequest } from './page.ts'
export { numberParameter, textParameter } from './parameter.ts'
export { CONTRACT, definePlugin } from './plugin.ts'
export type { Answers, Located, Mounted, Note, Plugin, Services, Tools } from './plugin.ts'
export { actorOf, seesTenant } from './principal.ts'
export type { Credentials, Principal } from './principal.ts'
export { problem } from './problem.ts'
export { keepWithin, ReachSettings } from './reach.ts'
export type { Send } from './reach.ts'
export { retryAfterMs } from './retry-after.ts'
export { empty, json } from './reply.ts'
export type { Reply } from './reply.ts'
export { command, handle, list, read } from './route.ts'
export type {
  BodySpec,
  CommandRoute,
  Documented,
  HandleRoute,
  ListRoute,
  Operation,
  ReadRoute,
  Route,
  RouteExamples,
  Settled,
  Submission,
} from './route.ts'
export type { Schedule } from './schedule.ts'
export { simulatedDriver } from './simulated-driver.ts'
export type { Simulation } from './simulated-driver.ts'
export type { Answering, Belonging, Tracing } from './tracing.ts'
export { webhookDriver } from './webhook-driver.ts'
export { WebhookSettings } from './webhook-settings.ts'
export { createUpstream, notDone, upstreamSettings } from './upstream.ts'
export type { Upstream, UpstreamAnswer, UpstreamRequest, UpstreamSettings } from './upstream.ts'
