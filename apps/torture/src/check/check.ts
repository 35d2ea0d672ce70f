import { checkCalls } from './calls.ts'
import { checkDeadlines } from './deadlines.ts'
import { checkEffects } from './effects.ts'
import type { Evidence, Rules, Violation } from './evidence.ts'
import { checkKeys } from './keys.ts'
import { checkMoves } from './moves.ts'

/** Finds everything that is wrong with a run. Pure: the same evidence has the same violations. */
export const check = (evidence: Evidence, rules: Rules): ReadonlyArray<Violation> => [
  ...checkCalls(evidence, rules),
  ...checkMoves(evidence, rules),
  ...checkEffects(evidence, rules),
  ...checkDeadlines(evidence, rules),
  ...checkKeys(evidence, rules),
]
