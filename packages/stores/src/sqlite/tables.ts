import type { Connection } from './database.ts'
import { deadlineTable } from './deadlines.ts'
import type { DeadlineTable } from './deadlines.ts'
import { documentTable } from './documents.ts'
import type { DocumentTable } from './documents.ts'
import { effectTable } from './effects.ts'
import type { EffectTable } from './effects.ts'
import { journalTable } from './journal.ts'
import type { JournalTable } from './journal.ts'
import { keyTables } from './keys.ts'
import type { KeyTables } from './keys.ts'
import { stateTable } from './states.ts'
import { lineTable } from './lines.ts'
import { numbersOn } from './numbers.ts'
import { scopeTable } from './scopes.ts'
import type { ScopeTable } from './scopes.ts'
import type { StateTable } from './states.ts'

/** All tables of a file. */
export interface Tables {
  readonly states: StateTable
  readonly scopes: ScopeTable
  readonly effects: EffectTable
  readonly deadlines: DeadlineTable
  readonly journal: JournalTable
  readonly keys: KeyTables
  readonly documents: DocumentTable
}

/** Opens all tables. */
export const openTables = (connection: Connection): Tables => {
  const lines = lineTable(connection)
  const states = stateTable(connection, lines)
  const scopes = scopeTable(connection, lines)
  const numbers = numbersOn(states, scopes, lines)
  return {
    states,
    scopes,
    effects: effectTable(connection, numbers),
    deadlines: deadlineTable(connection),
    journal: journalTable(connection, numbers),
    keys: keyTables(connection),
    documents: documentTable(connection),
  }
}
