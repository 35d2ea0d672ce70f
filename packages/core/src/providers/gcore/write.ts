import * as E from 'fp-ts/lib/Either.js'
import type { Actor, Event } from '../../input.ts'
import type { State } from '../../state.ts'
import { ServiceStatus } from './codecs.ts'
import type { GcoreSettings } from './codecs.ts'
import { catalogue, optionIds, valueFault, valueOf, writeOptions } from './options.ts'
import type { OptionDefinition, OptionList } from './options.ts'
import { contextOf, presentStatus, requestStatus, standingOf } from './rules.ts'

/** What is wrong with a body: the vendor's words by the field they belong to. */
export type FieldErrors = Readonly<Record<string, ReadonlyArray<string>>>

/** A body whose shape is right. */
export interface ServiceWrite {
  readonly status: ServiceStatus | undefined
  readonly enabled: boolean | undefined
  readonly options: ReadonlyArray<OptionWrite>
  /** Entries that name no option of the service, as `options[0]`. */
  readonly ignored: ReadonlyArray<string>
}

/** A value for one of the service's options; `path` is the entry it came from, as `options[0]`. */
export interface OptionWrite {
  readonly path: string
  readonly definition: OptionDefinition
  readonly value: string
}

/**
 * Reads the body of a PUT or PATCH, or says everything that is wrong with its shape. An absent body of a PATCH counts as
 * `{}`. The service is asked only which options it has.
 */
export const readWrite = (
  settings: GcoreSettings,
  service: State,
  { method, body = {} }: { readonly method: 'PUT' | 'PATCH'; readonly body: unknown },
): E.Either<FieldErrors, ServiceWrite> => {
  if (!isObject(body)) return E.left({ non_field_errors: [`Invalid data. ${notAnObject(body)}`] })
  const member = (name: string): unknown => (Object.hasOwn(body, name) ? body[name] : undefined)
  const status = readStatus(member('status'), method)
  const enabled = readEnabled(member('enabled'))
  const own = readOptions(settings, service, 'options', member('options'))
  const shared = readOptions(
    settings,
    service,
    'status_transition_options',
    member('status_transition_options'),
  )
  if (E.isLeft(status) || E.isLeft(enabled) || E.isLeft(own) || E.isLeft(shared))
    return E.left(fieldErrors({ status, enabled, options: own, status_transition_options: shared }))
  return E.right({
    status: status.right,
    enabled: enabled.right,
    options: [...own.right.writes, ...shared.right.writes],
    ignored: [...own.right.ignored, ...shared.right.ignored],
  })
}

/**
 * Turns a write into the command to decide, or says everything that its meaning offends. The state must be settled at
 * the instant of the request. There is one command at most, since options, switch and status take effect together; none
 * when everything is already as asked.
 */
export const judgeWrite = (
  settings: GcoreSettings,
  service: State,
  {
    write,
    actor,
    available,
  }: { readonly write: ServiceWrite; readonly actor: Actor; readonly available: boolean },
): E.Either<FieldErrors, ReadonlyArray<Event>> => {
  const context = contextOf(service)
  const present = presentStatus(service)
  const faults = write.options.map((_, index) => optionFault(service, write.options, index, actor))
  const sound = write.options.filter((_, index) => faults[index] === undefined)
  const merged = writeOptions(settings, context, valuesOf(sound))
  const news = {
    ...changedValues(service, sound),
    ...(write.enabled === undefined || write.enabled === context.enabled
      ? {}
      : { enabled: write.enabled }),
  }
  const moves = requestStatus(settings, {
    present,
    context: merged,
    requested: write.status ?? present,
    actor,
    available,
    write: news,
  })
  const offended = (list: OptionList): ReadonlyArray<string> =>
    write.options.flatMap(({ definition }, index) => {
      const fault = faults[index]
      return definition.list === list && fault !== undefined ? [fault] : []
    })
  const errors = {
    ...(E.isLeft(moves) ? { status: [moves.left.text] } : {}),
    ...nonEmpty('options', offended('options')),
    ...nonEmpty('status_transition_options', offended('status_transition_options')),
  }
  if (E.isLeft(moves) || Object.keys(errors).length > 0) return E.left(errors)
  if (moves.right.length > 0 || Object.keys(news).length === 0) return moves
  return E.right([{ type: 'service.configure', ...news }])
}

// -- internals

const REQUIRED = 'This field is required.'
const NOT_NULL = 'This field may not be null.'
const NOT_BLANK = 'This field may not be blank.'

type Read<A> = E.Either<ReadonlyArray<string>, A>

const readStatus = (value: unknown, method: 'PUT' | 'PATCH'): Read<ServiceStatus | undefined> => {
  if (value === undefined) return method === 'PUT' ? E.left([REQUIRED]) : E.right(undefined)
  if (value === null) return E.left([NOT_NULL])
  if (value === '') return E.left([NOT_BLANK])
  if (ServiceStatus.is(value)) return E.right(value)
  const shown = typeof value === 'string' ? value : JSON.stringify(value)
  return E.left([`"${shown}" is not a valid choice.`])
}

const readEnabled = (value: unknown): Read<boolean | undefined> => {
  if (value === null) return E.left([NOT_NULL])
  return value === undefined || typeof value === 'boolean'
    ? E.right(value)
    : E.left(['Must be a valid boolean.'])
}

interface OptionsRead {
  readonly writes: ReadonlyArray<OptionWrite>
  readonly ignored: ReadonlyArray<string>
}

const readOptions = (
  settings: GcoreSettings,
  service: State,
  list: OptionList,
  value: unknown,
): Read<OptionsRead> => {
  if (value === undefined) return E.right({ writes: [], ignored: [] })
  if (value === null) return E.left([NOT_NULL])
  if (!Array.isArray(value))
    return E.left([`Expected a list of items but got type "${typeWord(value)}".`])
  const find = optionFinder(settings, service, list)
  const entries = value.map((entry: unknown, index) => readEntry(find, `${list}[${index}]`, entry))
  const errors = entries.flatMap((entry) => (E.isLeft(entry) ? [entry.left] : []))
  if (errors.length > 0) return E.left(errors)
  const read = entries.flatMap((entry) => (E.isRight(entry) ? [entry.right] : []))
  return E.right({
    writes: read.flatMap((entry) => (typeof entry === 'string' ? [] : [entry])),
    ignored: read.flatMap((entry) => (typeof entry === 'string' ? [entry] : [])),
  })
}

// The path of an entry that names no option of the service stands for it: what else it holds does not matter.
const readEntry = (
  find: (entry: Readonly<Record<string, unknown>>) => OptionDefinition | undefined,
  path: string,
  entry: unknown,
): E.Either<string, OptionWrite | string> => {
  if (!isObject(entry)) return E.left(`${path}: Invalid data. ${notAnObject(entry)}`)
  const definition = find(entry)
  if (definition === undefined) return E.right(path)
  const value = Object.hasOwn(entry, 'value') ? entry['value'] : undefined
  if (value === undefined) return E.left(`${path}.value: ${REQUIRED}`)
  if (value === null) return E.left(`${path}.value: ${NOT_NULL}`)
  return typeof value === 'string'
    ? E.right({ path, definition, value })
    : E.left(`${path}.value: Not a valid string.`)
}

const optionFinder = (
  settings: GcoreSettings,
  service: State,
  list: OptionList,
): ((entry: Readonly<Record<string, unknown>>) => OptionDefinition | undefined) => {
  const context = contextOf(service)
  const known = catalogue(settings, context.name).filter((definition) => definition.list === list)
  const ids = optionIds(settings, context)
  return (entry) =>
    known.find(({ name }) => name === entry['name']) ??
    known.find(({ name }) => ids.has(name) && ids.get(name) === entry['id'])
}

const optionFault = (
  service: State,
  writes: ReadonlyArray<OptionWrite>,
  index: number,
  actor: Actor,
): string | undefined => {
  const write = writes[index]
  if (write === undefined) return undefined
  const { path, definition, value } = write
  if (writes.findIndex((other) => other.definition.name === definition.name) < index)
    return `${path}: Duplicate option "${definition.name}".`
  if (value === valueOf(contextOf(service), definition)) return undefined
  if (definition.list === 'status_transition_options' && standingOf(actor) !== 'admin')
    return `${path}: You cannot change this value.`
  const fault = valueFault(definition, value)
  return fault === undefined ? undefined : `${path}.value: ${fault}`
}

const valuesOf = (writes: ReadonlyArray<OptionWrite>): Readonly<Record<string, string>> =>
  Object.fromEntries(writes.map(({ definition, value }) => [definition.name, value]))

const changedValues = (
  service: State,
  writes: ReadonlyArray<OptionWrite>,
): { readonly options?: Readonly<Record<string, string>> } => {
  const context = contextOf(service)
  const changed = writes.filter(({ definition, value }) => value !== valueOf(context, definition))
  return changed.length === 0 ? {} : { options: valuesOf(changed) }
}

const fieldErrors = (fields: Readonly<Record<string, Read<unknown>>>): FieldErrors =>
  Object.fromEntries(
    Object.entries(fields).flatMap(([field, read]) =>
      E.isLeft(read) ? [[field, read.left] as const] : [],
    ),
  )

const nonEmpty = (field: OptionList, errors: ReadonlyArray<string>): FieldErrors =>
  errors.length === 0 ? {} : { [field]: errors }

const isObject = (u: unknown): u is Readonly<Record<string, unknown>> =>
  typeof u === 'object' && u !== null && !Array.isArray(u)

const notAnObject = (value: unknown): string => `Expected a dictionary, but got ${typeWord(value)}.`

const typeWord = (value: unknown): string => {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'list'
  return typeof value === 'object' ? 'dictionary' : typeof value
}
