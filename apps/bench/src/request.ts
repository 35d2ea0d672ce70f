import { lapsOf } from './peers/peer.ts'
import { PROJECT, serviceId, TOKEN } from './service.ts'

/** A whole request to the loopback. */
export const requestOf = (
  method: string,
  path: string,
  {
    headers = {},
    body,
  }: { readonly headers?: Readonly<Record<string, string>>; readonly body?: object } = {},
): string => {
  const text = body === undefined ? '' : JSON.stringify(body)
  const length = {
    'Content-Type': 'application/json',
    'Content-Length': String(Buffer.byteLength(text)),
  }
  const lines = Object.entries({
    Host: '127.0.0.1',
    ...headers,
    ...(body === undefined ? {} : length),
  }).map(([name, value]) => `${name}: ${value}`)
  return [`${method} ${path} HTTP/1.1`, ...lines, '', text].join('\r\n')
}

/** The call that overrides a service's status. */
export const statusCall = (number: number, status: string): string =>
  requestOf('POST', `/v1.0/${PROJECT}/admin/services/status`, {
    headers: TOKEN_HEADER,
    body: { project_id: PROJECT, service_id: serviceId(number), status },
  })

/** The calls that override the status of so many services, back and forth. */
export const statusLaps = (services: number): ReadonlyArray<ReadonlyArray<string>> =>
  lapsOf(services, statusCall)

/** The call that shows a service. */
export const serviceCall = (number: number): string =>
  requestOf('GET', `/v1.0/${PROJECT}/services/${serviceId(number)}`, { headers: TOKEN_HEADER })

// -- internals

const TOKEN_HEADER = { 'X-Auth-Token': TOKEN }
