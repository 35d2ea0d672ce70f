import { strToU8, zipSync } from 'fflate'
import type { Answer } from './exchange.ts'
import { anyOf } from './request.ts'
import type { Draw, Request } from './request.ts'
import { SECRET } from './setting.ts'

/** Draws a request of z/OS Connect's: start, stop, deploy or delete a service. */
export const zosRequest = (draw: Draw): Request => {
  const { world, random } = draw
  const name = anyOf(random, world.zos)
  if (name === undefined || random.chance(0.12)) return deploy(draw)
  return random.chance(0.12) ? remove(name) : move(draw, name)
}

// -- internals

// Few names, so that clients meet at the same services.
const NAMES = 6

const HEADERS = { authorization: `Basic ${btoa(`ADMIN:${SECRET}`)}` }
const PROMISE = { provider: 'zosconnect', tenant: 'default', services: 1 }

const move = ({ random }: Draw, name: string): Request => {
  const status = random.pick(['started', 'stopped'])
  return {
    method: 'PUT',
    path: `/zosConnect/services/${name}?status=${status}`,
    headers: HEADERS,
    promise: (answer) => ({
      ...PROMISE,
      id: name,
      types: [status === 'started' ? 'service.start' : 'service.stop'],
      to: statusOf(answer),
      reported: true,
    }),
  }
}

const deploy = ({ world, random }: Draw): Request => {
  const name = `deployed${random.whole(1, NAMES)}`
  return {
    method: 'POST',
    path: `/zosConnect/services${random.chance(0.3) ? '?status=stopped' : ''}`,
    headers: { ...HEADERS, 'content-type': 'application/zip' },
    body: zipSync({
      'manifest.yml': strToU8(`name: "${name}"\nprovider: "signalbox.simulated"\n`),
    }),
    promise: (answer) => {
      world.zos.add(name)
      return {
        ...PROMISE,
        id: name,
        types: ['service.deploy'],
        to: statusOf(answer),
        reported: true,
      }
    },
  }
}

const remove = (name: string): Request => ({
  method: 'DELETE',
  path: `/zosConnect/services/${name}`,
  headers: HEADERS,
  promise: () => ({ ...PROMISE, id: name, types: ['service.delete'] }),
})

const statusOf = ({ text }: Answer): string =>
  (JSON.parse(text) as { readonly zosConnect: { readonly serviceStatus: string } }).zosConnect
    .serviceStatus
