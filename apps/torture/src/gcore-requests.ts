import type { Answer } from './exchange.ts'
import { anyOf } from './request.ts'
import type { Draw, Request } from './request.ts'
import { MARKED, PRODUCTS, SECRET } from './setting.ts'

/** Draws a request of Gcore's: ask for a status, write an option, or make a client with its six services. */
export const gcoreRequest = (draw: Draw): Request => {
  const { world, random, number } = draw
  if (world.gcore.size < MOST && random.chance(0.02)) return createClient(draw)
  const [client, services] = anyOf(random, world.gcore) ?? [0, []]
  const service = anyOf(
    random,
    services.filter(({ product }) => product in MARKED),
  )
  const { id, product } = service ?? { id: 0, product: 'CDN' }
  const option = MARKED[product as keyof typeof MARKED]
  const mark = String(FIRST_MARK + number)
  const options = [{ name: option, value: mark }]
  const status = random.pick(['trial', 'active', 'active', 'paused', 'trialend', 'deleted'])
  const isPatch = random.chance(0.3)
  return {
    method: isPatch ? 'PATCH' : 'PUT',
    path: `/iam/clients/${client}/services/${id}`,
    headers: headersOf(random.chance(0.5) ? '1' : '7'),
    body: JSON.stringify(isPatch && random.chance(0.4) ? { options } : { status, options }),
    mark,
    promise: ({ text }) => ({
      provider: 'gcore',
      tenant: String(client),
      id: String(id),
      types: TYPES,
      services: 1,
      to: (JSON.parse(text) as { readonly status: string }).status,
    }),
  }
}

// -- internals

const MOST = 40

// Above every default that an option has, so that each write of one changes something.
const FIRST_MARK = 20_000_000

const TYPES = [
  'trial.start',
  'trial.end',
  'service.activate',
  'service.pause',
  'service.delete',
  'service.configure',
]

const headersOf = (key: string): Readonly<Record<string, string>> => ({
  authorization: `apikey ${key}$${SECRET}`,
  'content-type': 'application/json',
})

const createClient = ({ world, number }: Draw): Request => ({
  method: 'POST',
  path: '/iam/users',
  headers: headersOf('7'),
  body: JSON.stringify({
    email: `user${number}@example.com`,
    password: `secret of ${number}`,
    company: `Company ${number}`,
  }),
  promise: (answer) => ({
    provider: 'gcore',
    tenant: String(clientOf(answer)),
    types: ['service.create'],
    services: PRODUCTS.length,
    to: 'new',
  }),
  follow: (answer) => ({
    path: `/iam/clients/${clientOf(answer)}/services`,
    headers: headersOf('7'),
    learn: ({ text }) => {
      const services: ReadonlyArray<{ readonly id: number; readonly name: string }> =
        JSON.parse(text)
      world.gcore.set(
        clientOf(answer),
        services.map(({ id, name }) => ({ id, product: name })),
      )
    },
  }),
})

const clientOf = ({ text }: Answer): number =>
  (JSON.parse(text) as { readonly client_and_roles: readonly [{ readonly client_id: number }] })
    .client_and_roles[0].client_id
