import type { ServiceStatus } from './codecs.ts'

/** Who asks, as far as the lifecycle tells callers apart; a seller stands as a reseller. */
export type Standing = 'reseller' | 'admin'

/** What a cell may depend on. */
export type Condition = 'trialOffered' | 'trialLeft' | 'trialResumable'

/**
 * What a request comes to: the status reached, `same` for none at all, `ACT` for `activating` when an activation is
 * needed and `active` when not, or the code of a refusal. `E3` refuses with the most telling of `E3`, `E4` and `E1`.
 */
export type Outcome =
  | 'same'
  | 'ACT'
  | Exclude<ServiceStatus, 'new' | 'activating'>
  | 'E1'
  | 'E2'
  | 'E3'
  | 'E4'

/** One cell of the matrix for one standing. */
export interface Cell {
  readonly outcome: Outcome
  /** What must hold for the outcome; without it the cell always has its outcome. */
  readonly when?: Condition
  /** The outcome when that does not hold. */
  readonly otherwise?: Outcome
}

const of = (
  reseller: Outcome | Cell,
  admin: Outcome | Cell = reseller,
): Record<Standing, Cell> => ({
  reseller: typeof reseller === 'string' ? { outcome: reseller } : reseller,
  admin: typeof admin === 'string' ? { outcome: admin } : admin,
})

const DEL = of('E2', 'deleted')
const trialWhile = (when: Condition): Cell => ({ outcome: 'trial', when, otherwise: 'E3' })

/**
 * What every requested status comes to from every present one. The last word is the account's: an outcome of `trial` or
 * `ACT` is refused with `E5` when the product is not available to the client.
 *
 * @see https://gcore.com/docs/api-reference/iam-resellers/services
 */
export const matrix: Readonly<
  Record<ServiceStatus, Readonly<Record<ServiceStatus, Readonly<Record<Standing, Cell>>>>>
> = {
  new: {
    new: of('same'),
    trial: of({ outcome: 'trial', when: 'trialOffered', otherwise: 'E4' }),
    trialend: of('E1'),
    active: of('ACT'),
    paused: of('E1'),
    activating: of('E2'),
    deleted: DEL,
  },
  trial: {
    new: of('E1'),
    trial: of('same'),
    trialend: of('trialend'),
    active: of('ACT'),
    paused: of('paused'),
    activating: of('E2'),
    deleted: DEL,
  },
  trialend: {
    new: of('E1'),
    trial: of('E3', trialWhile('trialLeft')),
    trialend: of('same'),
    active: of('ACT'),
    paused: of('paused'),
    activating: of('E2'),
    deleted: DEL,
  },
  active: {
    new: of('E1'),
    trial: of('E3'),
    trialend: of('trialend'),
    active: of('same'),
    paused: of('paused'),
    activating: of('E2'),
    deleted: DEL,
  },
  paused: {
    new: of('E1'),
    trial: of(trialWhile('trialResumable'), trialWhile('trialLeft')),
    trialend: of('trialend'),
    active: of('ACT'),
    paused: of('same'),
    activating: of('E2'),
    deleted: DEL,
  },
  activating: {
    new: of('E1'),
    trial: of('E3'),
    trialend: of('trialend'),
    active: of('same'),
    paused: of('paused'),
    activating: of('same'),
    deleted: DEL,
  },
  deleted: {
    new: of('E1'),
    trial: of('E3'),
    trialend: of('E1'),
    active: of('ACT'),
    paused: of('E1'),
    activating: of('E2'),
    deleted: of('same'),
  },
}

/** The command by which each status is asked for; the others are set by the system alone. */
export const commandFor = {
  trial: 'trial.start',
  trialend: 'trial.end',
  active: 'service.activate',
  paused: 'service.pause',
  deleted: 'service.delete',
} as const satisfies Partial<Record<ServiceStatus, string>>
