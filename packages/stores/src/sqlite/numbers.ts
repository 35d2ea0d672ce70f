import type { ServiceRef } from '@signalbox/core'
import { merged } from './lines.ts'
import type { Kind, LineTable } from './lines.ts'
import type { ScopeTable } from './scopes.ts'
import type { StateTable } from './states.ts'

/** The numbers of entries or effects after one, ascending, as far as they are asked for. */
export type Numbers = (kind: Kind, whose: Whose, after: number) => Generator<number, void>

/** Finds the numbers by the lines of services and scopes. */
export const numbersOn =
  (states: StateTable, scopes: ScopeTable, lines: LineTable): Numbers =>
  (kind, { ref, provider = ref?.provider, tenant = ref?.tenant }, after) => {
    if (ref === undefined)
      return merged(
        scopes.lines(kind, { provider, tenant }).map((line) => lines.numbers(line, after)),
      )
    return ref.provider === provider && ref.tenant === tenant
      ? states.numbers(ref, kind, after)
      : merged([])
  }

// -- internals

/** Whose entries or effects are asked for: those of a service, of a provider, of a tenant, or of what several name. */
interface Whose {
  readonly ref?: ServiceRef
  readonly provider?: string
  readonly tenant?: string
}
