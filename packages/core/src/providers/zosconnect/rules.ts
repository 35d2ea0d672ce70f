import type { Event } from '../../input.ts'
import type { StateValue } from '../../state.ts'
import type { ArtefactContext, Definition, ErrorCode, ProviderProperty, Status } from './codecs.ts'

/** The part of a state that the rules look at, its context decoded. */
export interface Standing {
  readonly value: StateValue
  readonly context: ArtefactContext
}

/** The commands a client may send to something that is installed. */
export type Change = 'service.start' | 'service.stop' | 'service.update' | 'service.delete'

/**
 * Why the machine takes no such command in this state, by the code of the answer; undefined when it does. Ended states
 * are absent to every caller and refuse nothing here.
 */
export const refusalOf = (
  { value, context: { kind, desired } }: Standing,
  change: Change,
): Extract<ErrorCode, 'service-started' | 'outstanding-requests' | 'busy'> | undefined => {
  const mustBeStopped = change === 'service.update' || change === 'service.delete'
  switch (placeOf(value)) {
    case 'started':
      return mustBeStopped ? 'service-started' : undefined
    case 'unknown':
      return mustBeStopped && desired === 'started' ? 'service-started' : undefined
    case 'stopped':
      return kind === 'api' && change === 'service.delete' && isDraining(value)
        ? 'outstanding-requests'
        : undefined
    case 'starting':
      return change === 'service.start' ? undefined : 'busy'
    case 'stopping':
      return change === 'service.stop' ? undefined : 'busy'
    case 'undeployed':
      return undefined
    default:
      return 'busy'
  }
}

/** Why no invoke is admitted in this state; undefined when one is: started, or unknown while wanted started. */
export const refusalOfInvoke = ({
  value,
  context,
}: Standing): Extract<ErrorCode, 'service-stopped' | 'service-unknown'> | undefined => {
  const place = placeOf(value)
  if (place === 'started' || (place === 'unknown' && context.desired === 'started'))
    return undefined
  return context.status === 'unknown' ? 'service-unknown' : 'service-stopped'
}

/**
 * The report to send when a provider, asked in passing, gives another status than the one last known; undefined when it
 * is the same, and while a change is under way, which brings its own report.
 */
export const newsOf = ({ value, context }: Standing, status: Status): Event | undefined =>
  SETTLED.includes(placeOf(value)) && status !== context.status
    ? { type: 'provider.reported', status }
    : undefined

/** Tells whether requests of it may still be running behind a stop. */
export const isDraining = (value: StateValue): boolean =>
  typeof value === 'object' && value['stopped'] === 'draining'

/** Why an archive cannot replace a definition; undefined when it can: it must hold the same name. */
export const mismatchOf = (
  current: Pick<Definition, 'name'>,
  { name }: Pick<Definition, 'name'>,
): { readonly name: string; readonly found: string } | undefined =>
  current.name === name ? undefined : { name: current.name, found: name }

/** The properties by name, as a provider reads them; of two with one name the later counts. */
export const propertiesOf = (
  properties: ReadonlyArray<ProviderProperty>,
): Readonly<Record<string, string>> =>
  Object.fromEntries(properties.map(({ propertyName, value }) => [propertyName, value]))

/** Tells whether two base paths are equal or one lies above the other, so that not both can be served. */
export const basePathsOverlap = (a: string, b: string): boolean => {
  const [left, right] = [segmentsOf(a), segmentsOf(b)]
  const shorter = Math.min(left.length, right.length)
  return left.slice(0, shorter).every((segment, index) => segment === right[index])
}

// -- internals

const SETTLED: ReadonlyArray<string> = ['started', 'stopped', 'unknown']

const placeOf = (value: StateValue): string =>
  typeof value === 'string' ? value : (Object.keys(value)[0] ?? '')

const segmentsOf = (path: string): ReadonlyArray<string> =>
  path.split('/').filter((segment) => segment !== '')
