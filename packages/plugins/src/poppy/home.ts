import { empty, handle } from '@signalbox/host'
import type { Route } from '@signalbox/host'
import { MOUNT } from './locate.ts'
import { projectOf } from './project.ts'
import { isServing } from './health.ts'
import { resource } from './replies.ts'
import type { Site } from './site.ts'

/**
 * The routes that clients look at first: what there is, and whether it serves.
 *
 * @see https://docs.rackspace.com/docs/cdn/v1/api-reference/cdn-base-operations
 */
export const homeRoutes = (site: Site): ReadonlyArray<Route> => [
  handle({
    name: 'home',
    summary: 'Shows what there is',
    method: 'GET',
    path: MOUNT,
    sight: async (request) => projectOf(request),
    handle: async () => resource(HOME),
  }),
  handle({
    name: 'ping',
    summary: 'Tells whether the service serves; needs no token',
    method: 'GET',
    path: `${MOUNT}/ping`,
    handle: async () =>
      (await isServing(site)) ? empty(204) : empty(503, { 'content-length': '0' }),
  }),
]

// -- internals

const hints = (...allow: ReadonlyArray<string>): object => ({
  allow,
  formats: { 'application/json': {} },
})

const HOME = {
  resources: {
    'rel/services': {
      'href-template': '/services{?marker,limit}',
      'href-vars': { marker: 'param/marker', limit: 'param/limit' },
      hints: hints('GET', 'POST'),
    },
    'rel/flavors': {
      'href-template': '/flavors/{flavor_id}',
      'href-vars': { marker: 'param/flavor_id' },
      hints: hints('GET', 'POST', 'DELETE'),
    },
    'rel/health': {
      'href-template': '/health',
      'href-vars': { subsystem: 'param/subsystem' },
      hints: hints('GET'),
    },
    'rel/ping': { 'href-template': '/ping', hints: hints('GET') },
  },
}
