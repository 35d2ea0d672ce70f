import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { printJson } from './context.ts'
import type { Context, Ending } from './context.ts'
import { tableOf } from './table.ts'

/** What a new token may; what is left out is what its maker has. */
export interface NewToken {
  readonly name: string
  readonly roles: ReadonlyArray<string>
  readonly providers?: ReadonlyArray<string>
  readonly tenants?: ReadonlyArray<string>
  readonly expiresAt?: string
}

/** Makes a token and prints its text, this once. */
export const makeToken = async ({ client, terminal, json }: Context, body: NewToken): Ending => {
  const made = await client.ask(MadeToken, '/tokens', { method: 'POST', body })
  if (E.isLeft(made)) return made
  const { id, token } = made.right.value
  if (json) printJson(terminal, made.right.raw)
  else {
    terminal.print(`${token}\n`)
    terminal.note(`its id is ${id}; its text is not shown again\n`)
  }
  return E.right(undefined)
}

/** Lists the tokens that may no more than the caller, without their texts. */
export const listTokens = async ({ client, terminal, json }: Context): Ending => {
  const raw: Array<unknown> = []
  const found: Array<Token> = []
  let after: string | undefined
  do {
    const page = await client.ask(Page, '/tokens', { query: { after, limit: '500' } })
    if (E.isLeft(page)) return page
    raw.push(...(page.right.raw as { readonly items: ReadonlyArray<unknown> }).items)
    found.push(...page.right.value.items)
    after = page.right.value.next ?? undefined
  } while (after !== undefined)
  if (json) printJson(terminal, { items: raw })
  else if (found.length === 0) terminal.note('no tokens\n')
  else terminal.print(tableOf(terminal, HEADINGS, found.map(rowOf)))
  return E.right(undefined)
}

/** Revokes a token. */
export const revokeToken = async ({ client, terminal, json }: Context, id: string): Ending => {
  const path = `/tokens/${encodeURIComponent(id)}`
  const revoked = await client.ask(t.unknown, path, { method: 'DELETE' })
  if (E.isLeft(revoked)) return revoked
  if (json) printJson(terminal, { revoked: id })
  else terminal.print(`${id} is revoked\n`)
  return E.right(undefined)
}

// -- internals

const Names = t.union([t.literal('*'), t.readonlyArray(t.string)])

const Token = t.type({
  id: t.string,
  name: t.string,
  roles: t.readonlyArray(t.string),
  providers: Names,
  tenants: Names,
  createdBy: t.string,
  expiresAt: t.union([t.string, t.null]),
})
type Token = t.TypeOf<typeof Token>

const MadeToken = t.type({ id: t.string, token: t.string })

const Page = t.type({ items: t.readonlyArray(Token), next: t.union([t.string, t.null]) })

const HEADINGS = [{ whole: 'ID' }, 'NAME', 'ROLES', 'PROVIDERS', 'TENANTS', 'MADE BY', 'UNTIL']

const rowOf = ({
  id,
  name,
  roles,
  providers,
  tenants,
  createdBy,
  expiresAt,
}: Token): ReadonlyArray<string> => [
  id,
  name,
  roles.join(', '),
  listed(providers),
  listed(tenants),
  createdBy,
  expiresAt ?? '',
]

const listed = (names: t.TypeOf<typeof Names>): string =>
  typeof names === 'string' ? 'all' : names.join(', ')
