import { struct } from '@signalbox/core'
import { createUpstream } from '@signalbox/host'
import type { Tools, UpstreamAnswer, UpstreamSettings } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { IDENTITY } from './locate.ts'

/** Whom to log in as, by an API key or a password, where tokens do not last. */
export const Login = struct(
  { username: t.string },
  {
    apiKey: t.string,
    password: t.string,
    /** What stands before `/v2.0/tokens`; the upstream's own address unless said. */
    url: t.string,
  },
  'a login',
)
type Login = t.TypeOf<typeof Login>

/** The tokens that an upstream is called with. */
export interface Tokens {
  /** Calls with a token; with another one if the upstream does not take the first any more. */
  readonly using: (
    signal: AbortSignal,
    call: (token: string) => Promise<UpstreamAnswer>,
  ) => Promise<UpstreamAnswer>
  /** What nobody may see, the token at present included. */
  readonly secrets: ReadonlyArray<string>
}

/** Makes the tokens of an upstream. Throws when the settings name neither a token nor a login, or both. */
export const createTokens = (
  settings: UpstreamSettings & { readonly token?: string; readonly login?: Login },
  tools: Pick<Tools<unknown>, 'dial' | 'clock'>,
): Tokens => {
  const { token, login } = settings
  if (token !== undefined && login === undefined)
    return { using: (_, call) => call(token), secrets: [token] }
  if (token !== undefined || login === undefined)
    throw new Error('driver: either a token or a login is needed')
  return sessions(login, settings, tools)
}

// -- internals

const sessions = (
  login: Login,
  settings: UpstreamSettings,
  { dial, clock }: Pick<Tools<unknown>, 'dial' | 'clock'>,
): Tokens => {
  const { username, apiKey, password = '', url = settings.url } = login
  const auth =
    apiKey === undefined
      ? { passwordCredentials: { username, password } }
      : { 'RAX-KSKEY:apiKeyCredentials': { username, apiKey } }
  const own = [apiKey ?? password]
  const secrets = [...own]
  const identity = createUpstream({
    settings: { ...settings, url },
    dial,
    clock,
    words: (body) => (Refusal.is(body) ? body.error.message : undefined),
    secrets,
  })
  let current: string | undefined

  const open = async (signal: AbortSignal): Promise<E.Either<UpstreamAnswer, string>> => {
    if (current !== undefined) return E.right(current)
    const path = `${IDENTITY}/tokens`
    const answer = await identity.send({ method: 'POST', path, body: { auth }, signal })
    if (answer._tag !== 'Done') return E.left(answer)
    if (!Access.is(answer.body))
      return E.left({
        _tag: 'Unclear',
        message: 'the login was answered without a token',
        sent: false,
      })
    current = answer.body.access.token.id
    secrets.splice(own.length, 1, current)
    return E.right(current)
  }

  return {
    secrets,
    using: async (signal, call) => {
      const held = current
      const token = await open(signal)
      if (E.isLeft(token)) return token.left
      const answer = await call(token.right)
      const isStale = answer._tag === 'Barred' && answer.status === 401 && held !== undefined
      if (!isStale) return answer
      if (current === held) current = undefined
      const fresh = await open(signal)
      return E.isLeft(fresh) ? fresh.left : call(fresh.right)
    },
  }
}

const Access = t.type({ access: t.type({ token: t.type({ id: t.string }) }) })

const Refusal = t.type({ error: t.type({ message: t.string }) })
