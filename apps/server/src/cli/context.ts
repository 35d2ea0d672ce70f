import type * as E from 'fp-ts/lib/Either.js'
import type { Client } from './client.ts'
import type { Trouble } from './failure.ts'
import type { Terminal } from './terminal.ts'

/** What a command works with. */
export interface Context {
  readonly client: Client
  readonly terminal: Terminal
  /** For programs: JSON instead of tables. */
  readonly json: boolean
}

/** How a command ends. */
export type Ending = Promise<E.Either<Trouble, void>>

/** Prints a value for programs: one document, on one line. */
export const printJson = ({ print }: Terminal, value: unknown): void =>
  print(`${JSON.stringify(value)}\n`)
