import * as t from 'io-ts'
import type { Actor } from '../../input.ts'
import { ServiceName } from './codecs.ts'
import { described } from '../../json-schema.ts'
import { catalogue, valueFault, valueSchema } from './options.ts'

const definitions = new Map(
  Object.keys(ServiceName.keys)
    .filter(ServiceName.is)
    .flatMap((name) => catalogue({}, name))
    .map((definition) => [definition.name, definition]),
)

const isOptionValues = (u: unknown): u is Readonly<Record<string, string>> =>
  typeof u === 'object' &&
  u !== null &&
  !Array.isArray(u) &&
  Object.keys(u).every((name) => {
    const definition = definitions.get(name)
    const value = (u as Readonly<Record<string, unknown>>)[name]
    return (
      definition !== undefined &&
      typeof value === 'string' &&
      valueFault(definition, value) === undefined
    )
  })

/**
 * Values of options by name: the names are those of the catalogue, the values within their bounds. A schema can tell the
 * names and what the text has to look like; it cannot bound a number in a text, nor see whether one is JSON.
 */
export const OptionValues = described(
  new t.Type<Readonly<Record<string, string>>, unknown, unknown>(
    'OptionValues',
    isOptionValues,
    (u, c) => (isOptionValues(u) ? t.success(u) : t.failure(u, c)),
    t.identity,
  ),
  {
    type: 'object',
    properties: Object.fromEntries(
      [...definitions].map(([name, { type }]) => [name, valueSchema(type)]),
    ),
    additionalProperties: false,
  },
)
export type OptionValues = t.TypeOf<typeof OptionValues>

/** Brings one of a client's services into being. */
export const CreateService = t.readonly(
  t.strict({ id: t.number, name: ServiceName, client: t.number }),
  'CreateService',
)
export type CreateService = t.TypeOf<typeof CreateService>

/** What any command may write along with its move: values of options, and the product switch. */
export const ConfigureService = t.readonly(
  t.exact(t.partial({ options: OptionValues, enabled: t.boolean })),
  'ConfigureService',
)
export type ConfigureService = t.TypeOf<typeof ConfigureService>

/** A command that leads into use, and says whether the product is available to the client. */
export const UseService = t.readonly(
  t.intersection([t.strict({ available: t.boolean }), ConfigureService]),
  'UseService',
)
export type UseService = t.TypeOf<typeof UseService>

/** The trial has used up what an option grants. */
export const UsageExceeded = t.readonly(t.strict({ option: t.string }), 'UsageExceeded')
export type UsageExceeded = t.TypeOf<typeof UsageExceeded>

/** The service was paid for. */
export const BillingActivated = t.readonly(t.strict({ available: t.boolean }), 'BillingActivated')
export type BillingActivated = t.TypeOf<typeof BillingActivated>

/** A billing run suspends the service; `batch` names the run, so that it can be undone. */
export const BillingSuspended = t.readonly(
  t.strict({ batch: t.string, reason: t.string }),
  'BillingSuspended',
)
export type BillingSuspended = t.TypeOf<typeof BillingSuspended>

/** A billing run is undone. */
export const BillingRestored = t.readonly(
  t.strict({ batch: t.string, available: t.boolean }),
  'BillingRestored',
)
export type BillingRestored = t.TypeOf<typeof BillingRestored>

interface Asked {
  readonly at: number
  readonly actor: Actor
}

interface Reported {
  readonly at: number
}

/** Every event of the lifecycle as the machine sees it. */
export type ServiceEvent =
  | ({ readonly type: 'trial.start' | 'service.activate' } & UseService & Asked)
  | ({
      readonly type: 'trial.end' | 'service.pause' | 'service.delete' | 'service.configure'
    } & ConfigureService &
      Asked)
  | ({ readonly type: 'usage.exceeded' } & UsageExceeded & Reported)
  | ({ readonly type: 'billing.activated' } & BillingActivated & Reported)
  | ({ readonly type: 'billing.suspended' } & BillingSuspended & Reported)
  | ({ readonly type: 'billing.restored' } & BillingRestored & Reported)
