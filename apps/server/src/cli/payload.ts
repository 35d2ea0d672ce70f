import { readFile } from 'node:fs/promises'
import { text as textOf } from 'node:stream/consumers'
import * as E from 'fp-ts/lib/Either.js'
import { trouble } from './failure.ts'
import type { Trouble } from './failure.ts'

/** The members of a command beside its type. */
export type Payload = Readonly<Record<string, unknown>>

/** Reads `--data`: JSON itself, `@file`, or `-` for standard input. */
export const readPayload = async (data: string): Promise<E.Either<Trouble, Payload>> => {
  const source = data === '-' ? 'standard input' : data.startsWith('@') ? data.slice(1) : '--data'
  try {
    const value: unknown = JSON.parse(await textFrom(data))
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? E.right(value as Payload)
      : E.left(trouble('usage', `${source}: a JSON object expected`))
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : undefined
    const why = thrown instanceof SyntaxError ? `not JSON: ${thrown.message}` : `not read: ${code}`
    return E.left(trouble('usage', `${source}: ${why}`))
  }
}

// -- internals

const textFrom = (data: string): Promise<string> | string => {
  if (data === '-') return textOf(process.stdin)
  return data.startsWith('@') ? readFile(data.slice(1), 'utf8') : data
}
