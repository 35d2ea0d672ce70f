import type { DocumentKey } from './document.ts'
import type { Receipt } from './receipt.ts'
import type { ServiceRef } from './ref.ts'

/** The store cannot answer; `message` is for the operator and holds no secret. */
export type StoreFailure =
  | { readonly _tag: 'StoreUnavailable'; readonly message: string }
  | { readonly _tag: 'StoreClosed' }

/** Why one commit was refused; nothing of it was stored. */
export type CommitFailure =
  | {
      readonly _tag: 'RevisionConflict'
      readonly ref: ServiceRef
      readonly expected: number
      readonly actual: number
    }
  | { readonly _tag: 'ClaimTaken'; readonly key: string; readonly holder: string }
  | { readonly _tag: 'QuotaExceeded'; readonly key: string; readonly limit: number }
  | { readonly _tag: 'EffectSettled'; readonly effect: string }
  | {
      readonly _tag: 'DocumentConflict'
      readonly key: DocumentKey
      readonly expected: number
      readonly actual: number
    }
  | { readonly _tag: 'ReceiptExists'; readonly receipt: Receipt }

export const storeUnavailable = (message: string): StoreFailure => ({
  _tag: 'StoreUnavailable',
  message,
})
export const storeClosed: StoreFailure = { _tag: 'StoreClosed' }
export const revisionConflict = (
  ref: ServiceRef,
  expected: number,
  actual: number,
): CommitFailure => ({
  _tag: 'RevisionConflict',
  ref,
  expected,
  actual,
})
export const claimTaken = (key: string, holder: string): CommitFailure => ({
  _tag: 'ClaimTaken',
  key,
  holder,
})
export const quotaExceeded = (key: string, limit: number): CommitFailure => ({
  _tag: 'QuotaExceeded',
  key,
  limit,
})
export const effectSettled = (effect: string): CommitFailure => ({ _tag: 'EffectSettled', effect })
export const documentConflict = (
  key: DocumentKey,
  expected: number,
  actual: number,
): CommitFailure => ({
  _tag: 'DocumentConflict',
  key,
  expected,
  actual,
})
export const receiptExists = (receipt: Receipt): CommitFailure => ({
  _tag: 'ReceiptExists',
  receipt,
})
