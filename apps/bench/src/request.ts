import { PROJECT, serviceId, TOKEN } from './service.ts'

/** The call that overrides a service's status. */
export const statusCall = (number: number, status: string): Buffer => {
  const body = JSON.stringify({ project_id: PROJECT, service_id: serviceId(number), status })
  return Buffer.from(
    [
      `POST /v1.0/${PROJECT}/admin/services/status HTTP/1.1`,
      'Host: 127.0.0.1',
      `X-Auth-Token: ${TOKEN}`,
      'Content-Type: application/json',
      `Content-Length: ${body.length}`,
      '',
      body,
    ].join('\r\n'),
  )
}

/** The call that shows a service. */
export const serviceCall = (number: number): Buffer =>
  Buffer.from(
    [
      `GET /v1.0/${PROJECT}/services/${serviceId(number)} HTTP/1.1`,
      'Host: 127.0.0.1',
      `X-Auth-Token: ${TOKEN}`,
      '',
      '',
    ].join('\r\n'),
  )
