import type {
  GcoreSettings,
  OptionValueType,
  ServiceContext,
  ServiceName,
  ServiceOption,
  ServiceStatus,
} from './codecs.ts'
import type { JsonSchema } from '../../json-schema.ts'
import { DAY, MINUTE } from './instant.ts'

/** The two lists in which a service shows its options. */
export type OptionList = 'options' | 'status_transition_options'

/** What is known of an option before anybody wrote it. */
export interface OptionDefinition {
  readonly list: OptionList
  readonly name: string
  readonly category: ServiceOption['category']
  readonly type: OptionValueType
  /** The value in force while none was written. */
  readonly fallback: string
  /** Bounds of a number, both allowed. */
  readonly least?: number
  readonly most?: number
  readonly title: string
  readonly description: string
}

type OptionHolder = Pick<ServiceContext, 'name' | 'options'>

/** The options of a product, both lists, in the order in which they are shown. */
export const catalogue = (
  settings: GcoreSettings,
  name: ServiceName,
): ReadonlyArray<OptionDefinition> => productOf(settings, name).all

/** What is wrong with a value, in the vendor's words; undefined when nothing is. */
export const valueFault = (
  { type, least, most }: Pick<OptionDefinition, 'type' | 'least' | 'most'>,
  value: string,
): string | undefined => {
  if (!VALUE_TYPES[type].accepts(value)) return VALUE_TYPES[type].fault
  if (least !== undefined && Number(value) < least)
    return `Ensure this value is greater than or equal to ${least}.`
  if (most !== undefined && Number(value) > most)
    return `Ensure this value is less than or equal to ${most}.`
  return undefined
}

/** Describes the text of a value of a type, in so far as a schema can. */
export const valueSchema = (type: OptionValueType): JsonSchema => {
  switch (type) {
    case 'int':
    case 'utctimestamp':
      return { type: 'string', pattern: '^-?[0-9]+$' }
    case 'bool':
      return { type: 'string', enum: ['true', 'false'] }
    case 'json':
      return { type: 'string', contentMediaType: 'application/json' }
    case 'str':
      return { type: 'string' }
  }
}

/** The value of an option in force: the one written, else the default. */
export const valueOf = (holder: OptionHolder, definition: OptionDefinition): string =>
  Object.hasOwn(holder.options, definition.name)
    ? (holder.options[definition.name] ?? definition.fallback)
    : definition.fallback

/**
 * Writes values by name. An option that was never written keeps no value that equals its default, and a name that the
 * product does not have is dropped.
 */
export const writeOptions = <Holder extends OptionHolder>(
  settings: GcoreSettings,
  holder: Holder,
  values: Readonly<Record<string, string>>,
): Holder => {
  let written: Record<string, string> | undefined
  for (const definition of catalogue(settings, holder.name)) {
    const { name } = definition
    const value = Object.hasOwn(values, name) ? values[name] : undefined
    if (value === undefined || value === valueOf(holder, definition)) continue
    written ??= { ...holder.options }
    written[name] = value
  }
  return written === undefined ? holder : { ...holder, options: written }
}

/** The id of each written option by name: fixed by the service's own id, so that it needs no counter and never clashes. */
export const optionIds = (
  settings: GcoreSettings,
  { id, name, options }: Pick<ServiceContext, 'id' | 'name' | 'options'>,
): ReadonlyMap<string, number> => {
  const all = catalogue(settings, name)
  const own = all.filter(({ list }) => list === 'options')
  const shared = all.filter(({ list }) => list === 'status_transition_options')
  // The list that all products share comes first, so that a product's next option moves no id.
  return new Map(
    [...shared, ...own].flatMap((definition, index) =>
      Object.hasOwn(options, definition.name)
        ? [[definition.name, id * OPTION_SLOTS + index + 1] as const]
        : [],
    ),
  )
}

/** A list of options as clients see it. */
export const renderOptions = (
  settings: GcoreSettings,
  holder: Pick<ServiceContext, 'id' | 'name' | 'options'>,
  list: OptionList,
): ReadonlyArray<ServiceOption> => {
  const ids = optionIds(settings, holder)
  return catalogue(settings, holder.name)
    .filter((definition) => definition.list === list)
    .map((definition) => ({
      id: ids.get(definition.name) ?? null,
      value: valueOf(holder, definition),
      value_type: definition.type,
      name: definition.name,
      category: definition.category,
      description: definition.description,
      title: definition.title,
    }))
}

/** The whole trial in force, in ms; 0 when none is offered. */
export const trialSpan = (settings: GcoreSettings, holder: OptionHolder): number =>
  numberOf(holder, productOf(settings, holder.name).trialDays) * DAY

/** How long an activation takes, in ms. */
export const activationSpan = (settings: GcoreSettings, holder: OptionHolder): number =>
  numberOf(holder, productOf(settings, holder.name).activation) * MINUTE

/** How long a suspended service is kept in a status, in ms. */
export const retentionSpan = (
  settings: GcoreSettings,
  holder: OptionHolder,
  status: 'trialend' | 'paused',
): number => numberOf(holder, productOf(settings, holder.name)[status]) * DAY

/** The traffic that a trial of CDN includes, in GB; null for other products. */
export const trafficLimitOf = (holder: OptionHolder): number | null => {
  const limit = TRIAL_LIMITS[holder.name].find(([name]) => name === 'CDN_TRIAL_TRAFFIC_LIMIT')
  return limit === undefined ? null : numberOf(holder, trialLimit(limit))
}

/** How long the service may stay in a status before a deadline moves it, in ms; undefined where none waits. */
export const spanOf = (
  settings: GcoreSettings,
  holder: OptionHolder,
  status: ServiceStatus,
): number | undefined => {
  switch (status) {
    case 'trial':
      return trialSpan(settings, holder)
    case 'activating':
      return activationSpan(settings, holder)
    case 'trialend':
    case 'paused':
      return retentionSpan(settings, holder, status)
    case 'new':
    case 'active':
    case 'deleted':
      return undefined
  }
}

// -- internals

interface Terms {
  readonly trialDays: number
  readonly retentionDays: number
  readonly activationMinutes: number
}

const MOST_DAYS = 3650

// More than any product has, and few enough that ids of fifteen digits stay exact.
const OPTION_SLOTS = 8

/** @see https://gcore.com/docs/account-settings/billing/trial-conditions */
const PUBLISHED_TERMS: Readonly<Record<ServiceName, Terms>> = {
  CDN: { trialDays: 14, retentionDays: 90, activationMinutes: 15 },
  STORAGE: { trialDays: 14, retentionDays: 2, activationMinutes: 0 },
  STREAMING: { trialDays: 14, retentionDays: 90, activationMinutes: 0 },
  DNS: { trialDays: 14, retentionDays: 90, activationMinutes: 0 },
  DDOS: { trialDays: 30, retentionDays: 90, activationMinutes: 0 },
  CLOUD: { trialDays: 0, retentionDays: 2, activationMinutes: 0 },
}

interface Product {
  readonly trialDays: OptionDefinition
  readonly trialend: OptionDefinition
  readonly paused: OptionDefinition
  readonly activation: OptionDefinition
  readonly all: ReadonlyArray<OptionDefinition>
}

// Guards ask for these on every move, so each product's are made once.
const products = new WeakMap<GcoreSettings, Map<ServiceName, Product>>()

const productOf = (settings: GcoreSettings, name: ServiceName): Product => {
  const known = products.get(settings) ?? new Map<ServiceName, Product>()
  products.set(settings, known)
  const product = known.get(name) ?? makeProduct(settings, name)
  known.set(name, product)
  return product
}

const makeProduct = (settings: GcoreSettings, name: ServiceName): Product => {
  const terms = termsOf(settings, name)
  const trialDays = trialDaysOption(name, terms)
  const trialend = retentionOption('trialend', terms)
  const paused = retentionOption('paused', terms)
  const activation = activationOption(terms)
  const limits = TRIAL_LIMITS[name].map(trialLimit)
  return {
    trialDays,
    trialend,
    paused,
    activation,
    all: [trialDays, ...limits, trialend, paused, activation],
  }
}

const termsOf = (settings: GcoreSettings, name: ServiceName): Terms => {
  const own = settings.services?.[name]
  const published = PUBLISHED_TERMS[name]
  return {
    trialDays: own?.trialDays ?? published.trialDays,
    retentionDays: own?.retentionDays ?? published.retentionDays,
    activationMinutes: own?.activationMinutes ?? published.activationMinutes,
  }
}

type TrialLimit = readonly [name: string, fallback: number, title: string, description: string]

const TRIAL_LIMITS: Readonly<Record<ServiceName, ReadonlyArray<TrialLimit>>> = {
  CDN: [
    ['CDN_TRIAL_TRAFFIC_LIMIT', 300, 'Trial traffic', 'Traffic that the trial includes, in GB.'],
  ],
  STORAGE: [
    [
      'STORAGE_TRIAL_CAPACITY_LIMIT',
      100,
      'Trial capacity',
      'Space that the trial includes, in GB.',
    ],
  ],
  STREAMING: [
    ['STREAMING_TRIAL_STREAMS_LIMIT', 1, 'Trial streams', 'Live streams that the trial includes.'],
    [
      'STREAMING_TRIAL_LIMIT_ENCODING_VIDEO_MIN',
      30,
      'Trial encoding',
      'Video that may be encoded during the trial, in minutes.',
    ],
    [
      'STREAMING_TRIAL_LIMIT_VIDEO_STORAGE_MIN',
      30,
      'Trial video storage',
      'Video that may be kept during the trial, in minutes.',
    ],
  ],
  DNS: [
    [
      'DNS_REQUEST_COUNT_COMMIT',
      10_000_000,
      'Committed requests',
      'DNS requests that the trial includes.',
    ],
  ],
  DDOS: [
    [
      'DDOS_TRIAL_RESOURCE_LIMIT',
      1,
      'Trial resources',
      'Protected resources that the trial includes.',
    ],
  ],
  CLOUD: [],
}

const trialDaysOption = (name: ServiceName, { trialDays }: Terms): OptionDefinition => ({
  list: 'options',
  name: `${name}_TRIAL_DAYS_LIMIT`,
  category: 'trial',
  type: 'int',
  fallback: String(trialDays),
  least: 0,
  most: MOST_DAYS,
  title: 'Trial length',
  description: 'Days that the whole trial lasts; 0 offers none.',
})

const trialLimit = ([name, fallback, title, description]: TrialLimit): OptionDefinition => ({
  list: 'options',
  name,
  category: 'trial',
  type: 'int',
  fallback: String(fallback),
  least: 0,
  title,
  description,
})

const RETENTION_WORDS = {
  trialend: {
    title: 'From trial end to deletion',
    description: 'Days that a service is kept after its trial has ended.',
  },
  paused: {
    title: 'From pause to deletion',
    description: 'Days that a paused service is kept.',
  },
} as const

// At least one day: nobody loses data at the instant of a suspension.
const retentionOption = (
  status: 'trialend' | 'paused',
  { retentionDays }: Terms,
): OptionDefinition => ({
  list: 'status_transition_options',
  name: `${status}_to_deleted_days`,
  category: 'status_transition',
  type: 'int',
  fallback: String(retentionDays),
  least: 1,
  most: MOST_DAYS,
  ...RETENTION_WORDS[status],
})

const activationOption = ({ activationMinutes }: Terms): OptionDefinition => ({
  list: 'status_transition_options',
  name: 'activating_to_active_minutes',
  category: 'status_transition',
  type: 'int',
  fallback: String(activationMinutes),
  least: 0,
  title: 'Activation time',
  description: 'Minutes that an activation takes; 0 activates at once.',
})

const numberOf = (holder: OptionHolder, definition: OptionDefinition): number =>
  Number(valueOf(holder, definition))

interface ValueType {
  readonly accepts: (value: string) => boolean
  readonly fault: string
}

const isInteger = (value: string): boolean => /^-?\d+$/.test(value)

const isJsonText = (value: string): boolean => {
  try {
    JSON.parse(value)
    return true
  } catch {
    return false
  }
}

const VALUE_TYPES: Readonly<Record<OptionValueType, ValueType>> = {
  int: { accepts: isInteger, fault: 'A valid integer is required.' },
  utctimestamp: { accepts: isInteger, fault: 'A valid integer is required.' },
  bool: {
    accepts: (value) => value === 'true' || value === 'false',
    fault: 'Must be a valid boolean.',
  },
  json: { accepts: isJsonText, fault: 'Value must be valid JSON.' },
  str: { accepts: () => true, fault: 'Not a valid string.' },
}
