import { ProjectLimit } from '@signalbox/core/poppy'
import { handle } from '@signalbox/host'
import type { Failure, Reply, Route } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { answers } from './answers.ts'
import { isProject, MOUNT } from './locate.ts'
import { projectOf } from './project.ts'
import { accepted, message, resource, violated } from './replies.ts'
import type { Site } from './site.ts'

/** Reads how many services a project may have. */
export const readLimit = async (
  { services, settings }: Pick<Site, 'services' | 'settings'>,
  project: string,
): Promise<E.Either<Failure, number>> =>
  E.map((found: { readonly body: unknown } | undefined) =>
    ProjectLimit.is(found?.body) ? found.body.limit : settings.maxServicesPerProject,
  )(await services.document(LIMIT, project)())

/**
 * The routes by which an operator sees and says how many services a project may have.
 *
 * @see https://github.com/openstack-archive/poppy
 */
export const limitRoutes = (site: Site): ReadonlyArray<Route> => [
  handle<Pid, undefined, undefined, string>({
    name: 'getLimit',
    summary: 'Shows how many services a project may have',
    method: 'GET',
    path: `${MOUNT}/admin/limits/:pid`,
    params: Pid,
    sight: async (request) => projectOf(request),
    handle: async (request): Promise<Reply> => {
      const { pid } = request.params
      if (!isProject(pid)) return invalidProject(pid)
      const limit = await readLimit(site, pid)
      return E.isLeft(limit)
        ? answers.refuse(request, limit.left)
        : resource({ limit: limit.right })
    },
  }),
  handle<Pid, undefined, unknown, string>({
    name: 'setLimit',
    summary: 'Says how many services a project may have',
    method: 'PUT',
    path: `${MOUNT}/admin/limits/:pid`,
    params: Pid,
    body: { kind: 'json', codec: t.unknown },
    sight: async (request) => projectOf(request),
    handle: async (request): Promise<Reply> => {
      const { body, principal, id } = request
      const { pid } = request.params
      if (!ProjectLimit.is(body)) return violated(ProjectLimit, body)
      if (!isProject(pid)) return invalidProject(pid)
      const { limit } = body
      const written = await site.services.write(
        [{ kind: LIMIT, id: pid, tenant: pid, body: { limit } }],
        {
          type: 'limit.set',
          tenant: pid,
          id: 'limit',
          principal,
          request: id,
          detail: { project: request.sight, limit },
        },
      )()
      return E.isLeft(written) ? answers.refuse(request, written.left) : accepted(201)
    },
  }),
]

// -- internals

const LIMIT = 'limit'

const Pid = t.strict({ pid: t.string })
type Pid = t.TypeOf<typeof Pid>

const invalidProject = (pid: string): Reply => message(400, `Invalid project_id : ${pid}`)
