import { SetStatus } from '@signalbox/core/poppy'
import { command } from '@signalbox/host'
import type { Reply, Route } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { answers } from './answers.ts'
import { readFlavor, unknownFlavor } from './flavors.ts'
import { MOUNT } from './locate.ts'
import { projectOf } from './project.ts'
import { contextOf } from './render.ts'
import { accepted, message, violated } from './replies.ts'
import type { Site } from './site.ts'

/**
 * The call by which an operator overrides the status of a service. While the service is being created the status asked for
 * does not count: provisioning runs again, and the answer is 202 instead of 201.
 *
 * @see https://github.com/openstack-archive/poppy
 */
export const statusRoute = ({ lifecycle, services }: Site): Route =>
  command<undefined, undefined, unknown, string, Override>({
    name: 'setServiceStatus',
    summary: 'Overrides the status of a service',
    method: 'POST',
    path: `${MOUNT}/admin/services/status`,
    lifecycle,
    commands: ['service.setStatus'],
    body: { kind: 'json', codec: t.unknown },
    sight: projectOf,
    prepare: async (request) => {
      const { body } = request
      if (!SetStatus.is(body)) return E.left(violated(SetStatus, body))
      const ref = { provider: 'poppy', tenant: body.project_id, id: body.service_id }
      const state = await services.load(lifecycle, ref)()
      if (E.isLeft(state)) return E.left(answers.refuse(request, state.left))
      if (state.right === undefined) return E.left(absent(body))
      const flavorId = contextOf(state.right).config.flavor_id
      const flavor = await readFlavor(services, flavorId)
      if (E.isLeft(flavor)) return E.left(answers.refuse(request, flavor.left))
      return E.right({ ...body, ref, flavorId, flavorExists: flavor.right !== undefined })
    },
    ref: ({ prepared }) => prepared.ref,
    submit: ({ sight: project, prepared: { status, flavorExists } }, state) =>
      E.right({
        events: [{ type: 'service.setStatus', status, flavorExists }],
        // The status asked for is kept also where it does not count, and where a disabled service hides the change.
        detail: { project, asked: status, from: state?.labels['lifecycle'] ?? null },
      }),
    reply: (_, { before }) =>
      accepted(before?.labels['lifecycle'] === 'create_in_progress' ? 202 : 201),
    refuse: (request, failure) => {
      const { prepared } = request
      if (failure._tag === 'NotFound') return absent(prepared)
      if (failure._tag !== 'IllegalMove') return answers.refuse(request, failure)
      const guards = failure.reasons.map(({ guard }) => guard)
      return failed(
        prepared,
        guards.includes('enabled')
          ? `Service ${prepared.service_id} is disabled`
          : unknownFlavor(prepared.flavorId),
      )
    },
  })

// -- internals

interface Override extends SetStatus {
  readonly ref: { readonly provider: string; readonly tenant: string; readonly id: string }
  readonly flavorId: string
  readonly flavorExists: boolean
}

const absent = (asked: SetStatus): Reply => failed(asked, `No service found: ${asked.service_id}`)

const failed = ({ service_id, project_id, status }: SetStatus, reason: string): Reply =>
  message(
    404,
    `Setting state of service ${service_id} on tenant: ${project_id} to ${status} has failed, Reason: ${reason}`,
  )
