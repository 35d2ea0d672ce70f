import type { Store } from '@signalbox/core/store'
import { afterEach, beforeEach, describe } from 'vitest'
import { claimCases } from './contract/claims.ts'
import { commitCases } from './contract/commits.ts'
import { deadlineCases } from './contract/deadlines.ts'
import { diagnosisCases } from './contract/diagnosis.ts'
import { documentCases } from './contract/documents.ts'
import { effectCases } from './contract/effects.ts'
import { hintCases } from './contract/hints.ts'
import { journalCases } from './contract/journal.ts'
import { laneCases } from './contract/lanes.ts'
import { listCases } from './contract/lists.ts'
import { parkingCases } from './contract/parking.ts'
import { receiptCases } from './contract/receipts.ts'
import { reopenCases } from './contract/reopen.ts'
import { sessionCases } from './contract/session.ts'
import { textCases } from './contract/text.ts'

/** A store under test, empty when it is opened. */
export interface OpenedStore {
  readonly store: Store
  /** Opens again what the store has stored, once it is closed; absent for a store that forgets. */
  readonly reopen?: () => Promise<Store>
  /** Opens another store of the same data beside it; absent for a store that nobody shares. */
  readonly beside?: () => Promise<Store>
  /** Cleans up, whether the store was closed or not. */
  readonly dispose?: () => Promise<void>
}

/**
 * The suite that every store must pass: it registers cases with Vitest, each with a fresh store. With `persistent`, the
 * store must offer `reopen` and is also tested for what it finds again.
 */
export const storeContract = (
  name: string,
  open: () => Promise<OpenedStore>,
  { persistent = false }: { readonly persistent?: boolean } = {},
): void => {
  describe(`the ${name} store`, () => {
    let opened: OpenedStore | undefined
    const given = (): OpenedStore => {
      if (opened === undefined) throw new Error('a case asks for its store before it runs')
      return opened
    }
    beforeEach(async () => {
      opened = await open()
    })
    afterEach(async () => {
      await opened?.dispose?.()
      opened = undefined
    })
    describe('commits', () => commitCases(given))
    describe('claims and quotas', () => claimCases(given))
    describe('receipts and sequences', () => receiptCases(given))
    describe('the journal', () => journalCases(given))
    describe('effects', () => effectCases(given))
    describe('lanes', () => laneCases(given))
    describe('parked effects', () => parkingCases(given))
    describe('deadlines', () => deadlineCases(given))
    describe('lists', () => listCases(given))
    describe('documents', () => documentCases(given))
    describe('text', () => textCases(given))
    describe('a diagnosis', () => diagnosisCases(given))
    describe('hints', () => hintCases(given))
    describe('a session', () => sessionCases(given))
    if (persistent) describe('a store opened again', () => reopenCases(given))
  })
}
