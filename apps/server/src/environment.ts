import * as E from 'fp-ts/lib/Either.js'
import { pathOf } from './issue.ts'
import type { Issue } from './issue.ts'

/** The environment of the process; a variable that is set to nothing counts as unset. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Reads a variable, or says that it is missing; what it holds never shows in an issue. */
export const variable = (environment: Environment, name: string): E.Either<string, string> => {
  const value = environment[name]
  return value === undefined || value === ''
    ? E.left(`the environment variable ${name} is not set`)
    : E.right(value)
}

/** Replaces every `{ "env": "NAME" }` in a provider's settings by what the variable holds. */
export const resolveVariables = (
  value: unknown,
  environment: Environment,
  keys: ReadonlyArray<string | number> = [],
): E.Either<Issue, unknown> => {
  if (Array.isArray(value)) {
    const items: unknown[] = []
    for (const [index, item] of value.entries()) {
      const resolved = resolveVariables(item, environment, [...keys, index])
      if (E.isLeft(resolved)) return resolved
      items.push(resolved.right)
    }
    return E.right(items)
  }
  if (typeof value !== 'object' || value === null) return E.right(value)
  const entries = Object.entries(value)
  const [only] = entries
  if (entries.length === 1 && only?.[0] === 'env' && typeof only[1] === 'string') {
    const held = variable(environment, only[1])
    return E.isLeft(held) ? E.left({ path: pathOf([...keys, 'env']), problem: held.left }) : held
  }
  const members: Array<readonly [string, unknown]> = []
  for (const [name, member] of entries) {
    const resolved = resolveVariables(member, environment, [...keys, name])
    if (E.isLeft(resolved)) return resolved
    members.push([name, resolved.right])
  }
  return E.right(Object.fromEntries(members))
}
