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
import type { StateTable } from './states.ts'

/** All tables of a file. */
export interface Tables {
  readonly states: StateTable
  readonly effects: EffectTable
  readonly deadlines: DeadlineTable
  readonly journal: JournalTable
  readonly keys: KeyTables
  readonly documents: DocumentTable
}

/** Opens all tables. */
export const openTables = (connection: Connection): Tables => ({
  states: stateTable(connection),
  effects: effectTable(connection),
  deadlines: deadlineTable(connection),
  journal: journalTable(connection),
  keys: keyTables(connection),
  documents: documentTable(connection),
})
