import { anyOf } from './request.ts'
import type { Draw, Request } from './request.ts'
import { PROJECT, SECRET } from './setting.ts'

/** Draws a request of Poppy's: create, update, set the status or delete. */
export const poppyRequest = (draw: Draw): Request => {
  const { world, random } = draw
  const id = anyOf(random, world.poppy)
  if (id === undefined || (world.poppy.size < MOST && random.chance(0.25))) return create(draw)
  const action = random.next()
  if (action < 0.4) return update(draw, id)
  if (action < 0.75) return setStatus(draw, id)
  return remove(draw, id)
}

// -- internals

// So that clients meet at the same services.
const MOST = 24

const HEADERS = { 'x-auth-token': SECRET }
const PROMISE = { provider: 'poppy', tenant: PROJECT, services: 1 }

const create = ({ world, number }: Draw): Request => {
  const domain = `www.site-${number}.example`
  const mark = `site ${number}`
  return {
    method: 'POST',
    path: `/v1.0/${PROJECT}/services`,
    headers: HEADERS,
    body: JSON.stringify({
      name: mark,
      domains: [{ domain }],
      origins: [{ origin: `origin.${domain}` }],
      flavor_id: 'cdn',
    }),
    mark,
    promise: ({ headers }) => {
      const id = new URL(headers.get('location') ?? '').pathname.split('/').at(-1) ?? ''
      world.poppy.add(id)
      return { ...PROMISE, id, types: ['service.create'], to: 'create_in_progress' }
    },
  }
}

const update = ({ number }: Draw, id: string): Request => {
  const mark = `site ${number}`
  return {
    method: 'PATCH',
    path: `/v1.0/${PROJECT}/services/${id}`,
    headers: HEADERS,
    body: JSON.stringify([{ op: 'replace', path: '/name', value: mark }]),
    mark,
    promise: () => ({ ...PROMISE, id, types: ['service.update'], to: 'update_in_progress' }),
  }
}

const setStatus = ({ random }: Draw, id: string): Request => {
  const status = random.pick(['deployed', 'failed'])
  return {
    method: 'POST',
    path: `/v1.0/${PROJECT}/admin/services/status`,
    headers: HEADERS,
    body: JSON.stringify({ project_id: PROJECT, service_id: id, status }),
    promise: (answer) => ({
      ...PROMISE,
      id,
      types: ['service.setStatus'],
      to: answer.status === 202 ? 'create_in_progress' : status,
    }),
  }
}

const remove = ({ world }: Draw, id: string): Request => ({
  method: 'DELETE',
  path: `/v1.0/${PROJECT}/services/${id}`,
  headers: HEADERS,
  promise: () => {
    world.poppy.delete(id)
    return { ...PROMISE, id, types: ['service.delete'], to: 'delete_in_progress' }
  },
})
