import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DEMO_SECRETS } from './demo.ts'
import { startServer } from './server-process.ts'
import type { ServerProcess } from './server-process.ts'
import { basic, exchange } from './wire.ts'
import type { WireReply } from './wire.ts'

it('runs what `npm start` runs', () => {
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')
  expect(JSON.parse(text)).toMatchObject({
    scripts: { start: 'node --conditions=source apps/server/start.mjs serve' },
  })
})

describe.each(['memory:', 'sqlite:data/box.db'])('the demo on %s', (store) => {
  let cwd = ''
  let server: ServerProcess

  beforeAll(async () => {
    cwd = mkdtempSync(join(tmpdir(), 'signalbox-'))
    server = await startServer([], { cwd, env: { PORT: '0', SIGNALBOX_STORE: store } })
  })

  afterAll(async () => {
    server.kill('SIGKILL')
    await server.ended
    rmSync(cwd, { recursive: true })
  })

  /** Makes a function that sends requests as one caller. */
  const as =
    (credentials: Readonly<Record<string, string>>) =>
    (method: string, path: string, body?: string, headers = {}): Promise<WireReply> =>
      exchange(server.url, path, {
        method,
        headers: { ...credentials, ...headers },
        body: body ?? null,
      })

  /** Sends a request that must change nothing: what `read` gives stays the same to the byte. */
  const harmless = async (
    read: () => Promise<WireReply>,
    send: () => Promise<WireReply>,
  ): Promise<WireReply> => {
    const before = await read()
    expect(before.status).toBe(200)
    const reply = await send()
    expect((await read()).text).toBe(before.text)
    return reply
  }

  describe('POST /v1.0/{project}/admin/services/status', () => {
    const operator = as({ 'x-auth-token': DEMO_SECRETS.poppyOperator })
    const tenant = as({ 'x-auth-token': DEMO_SECRETS.poppyTenant })
    const ID = 'e8b44506-71b7-4074-9bc8-1b5037ade112'
    const PATH = '/v1.0/110011/admin/services/status'
    const bodyOf = (status: string, members: object = {}): string =>
      JSON.stringify({ project_id: '110011', service_id: ID, status, ...members })
    const read = (): Promise<WireReply> => tenant('GET', `/v1.0/110011/services/${ID}`)
    const set = (body?: string): Promise<WireReply> => operator('POST', PATH, body)
    const refused = (body?: string): Promise<WireReply> => harmless(read, () => set(body))

    const expectEmpty201 = ({ status, headers, text }: WireReply): void => {
      expect({ status, text }).toEqual({ status: 201, text: '' })
      expect(headers.get('content-length')).toBe('0')
      expect(headers.get('content-type')).toBeNull()
      expect(headers.get('location')).toBeNull()
    }

    const expectMessage = (
      { status, headers, text }: WireReply,
      code: number,
      message: unknown,
    ) => {
      expect({ status, body: JSON.parse(text) as unknown }).toEqual({
        status: code,
        body: { message },
      })
      expect(headers.get('content-type')).toBe('application/json; charset=UTF-8')
    }

    const violated = (body: string): object => ({
      errors: [{ message: `[]-${pythonOf(JSON.parse(body))} is not of type 'service status'` }],
    })

    it('takes deployed and failed, and a GET says so at once', async () => {
      for (const status of ['deployed', 'failed', 'failed', 'deployed', 'deployed']) {
        expectEmpty201(await set(bodyOf(status)))
        const { text } = await read()
        expect(JSON.parse(text)).toMatchObject({ id: ID, project_id: '110011', status, errors: [] })
      }
    })

    it('takes the JSON whatever its Content-Type', async () => {
      for (const type of ['application/json', 'text/plain', 'application/x-www-form-urlencoded'])
        expectEmpty201(await operator('POST', PATH, bodyOf('deployed'), { 'content-type': type }))
    })

    it('refuses the curly quotes of the vendor’s printed sample', async () => {
      const printed = bodyOf('deployed').replace('"deployed"', '“deployed”')
      expectMessage(await refused(printed), 400, 'Invalid JSON string')
      expectMessage(await refused(''), 400, 'Invalid JSON string')
      expectMessage(await refused('{'), 400, 'Invalid JSON string')
    })

    it.each([
      ['another status', bodyOf('paused')],
      ['a status in another case', bodyOf('Deployed')],
      ['an extra member', bodyOf('deployed', { force: true })],
      ['an id in upper case', bodyOf('deployed', { service_id: ID.toUpperCase() })],
      ['a missing member', JSON.stringify({ service_id: ID, status: 'deployed' })],
      ['an array', '[]'],
      ['null', 'null'],
      ['a string', '"deployed"'],
    ])('answers the envelope of schema errors to %s', async (_, body) => {
      expectMessage(await refused(body), 400, violated(body))
    })

    it('answers 404 to an unknown service, also to one of another project', async () => {
      const unknown = '00000000-0000-4000-8000-000000000000'
      const reasoned = (id: string, project: string, status: string): string =>
        `Setting state of service ${id} on tenant: ${project} to ${status} has failed, Reason: No service found: ${id}`
      expectMessage(
        await refused(bodyOf('deployed', { service_id: unknown })),
        404,
        reasoned(unknown, '110011', 'deployed'),
      )
      expectMessage(
        await refused(bodyOf('failed', { project_id: '110012' })),
        404,
        reasoned(ID, '110012', 'failed'),
      )
    })

    it('refuses everybody but operators', async () => {
      const nobody = await harmless(read, () => as({})('POST', PATH, bodyOf('failed')))
      expectMessage(nobody, 401, 'Authentication required.')
      const stranger = as({ 'x-auth-token': 'made-up' })
      const unknown = await harmless(read, () => stranger('POST', PATH, bodyOf('failed')))
      expectMessage(unknown, 401, 'Authentication required.')
      const own = await harmless(read, () => tenant('POST', PATH, bodyOf('failed')))
      expectMessage(own, 403, 'Operator role required.')
    })

    it('refuses another method, and says which one it takes', async () => {
      const reply = await harmless(read, () => operator('PUT', PATH, bodyOf('failed')))
      expectMessage(reply, 405, 'The method PUT is not allowed for this resource.')
      expect(reply.headers.get('allow')).toBe('POST')
    })
  })

  describe('PATCH /iam/clients/{clientId}/services/{serviceId}', () => {
    const PATH = '/iam/clients/3989/services/21797'
    const JSON_TYPE = { 'content-type': 'application/json' }
    const by =
      (authorization: string) =>
      (method: string, body?: string, path = PATH): Promise<WireReply> =>
        as({ authorization })(method, path, body, JSON_TYPE)
    const reseller = by(`apikey 7$${DEMO_SECRETS.gcoreReseller}`)
    const admin = by(`apikey 1$${DEMO_SECRETS.gcoreAdmin}`)
    const read = (): Promise<WireReply> => reseller('GET')
    const refused = (body: string): Promise<WireReply> =>
      harmless(read, () => reseller('PATCH', body))

    const activate = async (): Promise<Resource> => {
      const { status, text } = await reseller('PUT', '{"status":"active"}')
      expect(status).toBe(200)
      return JSON.parse(text) as Resource
    }

    const expectCommon = ({ headers }: WireReply): void => {
      expect(Object.fromEntries(headers)).toMatchObject({
        'content-type': 'application/json',
        'cache-control': 'no-store',
        deprecation: '@1778630400',
        'x-deprecation': 'true',
        link: `<${PATH}>; rel="successor-version"; method="PUT"`,
        'x-link': `<${PATH}>; rel="successor-version"; method="PUT"`,
      })
      expect(headers.get('x-request-id')).toMatch(/^\S+$/)
    }

    const expectFields = (reply: WireReply, errors: object): void => {
      expect({ status: reply.status, body: JSON.parse(reply.text) as unknown }).toEqual({
        status: 400,
        body: {
          errors,
          exception_class: 'validation_error',
          request_id: reply.headers.get('x-request-id'),
        },
      })
      expectCommon(reply)
    }

    const expectProblem = (
      reply: WireReply,
      status: number,
      exceptionClass: string,
      message: string,
    ): void => {
      expect({ status: reply.status, body: JSON.parse(reply.text) as unknown }).toEqual({
        status,
        body: {
          message,
          exception_class: exceptionClass,
          request_id: reply.headers.get('x-request-id'),
        },
      })
      expectCommon(reply)
    }

    it('pauses an active service for each form of the key', async () => {
      const secret = DEMO_SECRETS.gcoreReseller
      for (const key of [`apikey 7$${secret}`, `APIKey 7_${secret}`, `ApiKey 7$${secret}`]) {
        const active = await activate()
        const asked = Date.now()
        const reply = await by(key)('PATCH', '{"status":"paused"}')
        const answered = Date.now()
        expect(reply.status).toBe(200)
        expectCommon(reply)
        const paused = JSON.parse(reply.text) as Resource
        expect(Object.keys(paused)).toEqual(MEMBERS)
        expect(paused).toEqual({
          ...active,
          status: 'paused',
          previous_status: 'active',
          status_changed_at: paused.status_changed_at,
          deleted_date: paused.deleted_date,
        })
        const changedAt = instantOf(paused.status_changed_at)
        expect(changedAt).toBeGreaterThanOrEqual(asked)
        expect(changedAt).toBeLessThanOrEqual(answered)
        expect(instantOf(paused.deleted_date)).toBe(changedAt + 90 * DAY)
        expect((await read()).text).toBe(reply.text)
        const list = await reseller('GET', undefined, '/iam/clients/3989/services')
        expect(JSON.parse(list.text)).toContainEqual(paused)
      }
    })

    it('answers the same to the same request again: no stamp moves, no clock restarts', async () => {
      await activate()
      const first = await reseller('PATCH', '{"enabled":true,"status":"paused"}\n')
      expect(first.status).toBe(200)
      const again = await harmless(read, () =>
        reseller('PATCH', '{"enabled":true,"status":"paused"}\n'),
      )
      expect({ status: again.status, text: again.text }).toEqual({ status: 200, text: first.text })
    })

    it('takes the vendor’s whole example body, and ignores its read-only members', async () => {
      const active = await activate()
      const example = {
        id: 0,
        name: 'CDN',
        client: 0,
        status: 'paused',
        previous_status: 'new',
        status_changed_at: '2019-08-24T14:15:22Z',
        start: '2019-08-24T14:15:22Z',
        deleted_date: '2019-08-24T14:15:22Z',
        enabled: true,
        options: [
          {
            id: 0,
            value: 'string',
            value_type: 'int',
            name: 'string',
            category: 'string',
            description: 'string',
            title: 'string',
          },
        ],
        status_transition_options: [
          {
            id: 0,
            value: 'string',
            value_type: 'int',
            name: 'string',
            category: 'string',
            description: 'string',
            title: 'string',
          },
        ],
      }
      expect(Object.keys(example)).toEqual(MEMBERS)
      const reply = await reseller('PATCH', JSON.stringify(example))
      expect(reply.status).toBe(200)
      expectCommon(reply)
      expect(reply.headers.get('x-ignored')).toBe('options[0], status_transition_options[0]')
      const paused = JSON.parse(reply.text) as Resource
      expect(paused).toEqual({
        ...active,
        status: 'paused',
        previous_status: 'active',
        enabled: true,
        status_changed_at: paused.status_changed_at,
        deleted_date: paused.deleted_date,
      })
      expect(instantOf(paused.deleted_date)).toBe(instantOf(paused.status_changed_at) + 90 * DAY)
      expect((await read()).text).toBe(reply.text)
    })

    it('takes the resource itself back, as a client that reads and writes sends it', async () => {
      const active = await activate()
      const reply = await reseller('PATCH', JSON.stringify({ ...active, status: 'paused' }))
      expect(reply.status).toBe(200)
      expect(reply.headers.get('x-ignored')).toBeNull()
      expect(JSON.parse(reply.text)).toMatchObject({ status: 'paused', options: active.options })
    })

    it('refuses what is no status', async () => {
      await activate()
      expectFields(await refused('{"status":"bogus"}'), {
        status: ['"bogus" is not a valid choice.'],
      })
      expectFields(await refused('{"status":null}'), { status: ['This field may not be null.'] })
      expectFields(await refused('{"status":""}'), { status: ['This field may not be blank.'] })
      expectFields(await refused('{"enabled":"yes"}'), { enabled: ['Must be a valid boolean.'] })
      expectFields(await refused('["paused"]'), {
        non_field_errors: ['Invalid data. Expected a dictionary, but got list.'],
      })
    })

    it('refuses an illegal move, and names it', async () => {
      await activate()
      const text = async (status: string): Promise<void> => {
        const reply = await refused(JSON.stringify({ status }))
        expectFields(reply, { status: [ILLEGAL[status]] })
      }
      for (const status of Object.keys(ILLEGAL)) await text(status)
    })

    it('applies nothing of a request of which one member is refused', async () => {
      await activate()
      const option = { name: 'CDN_TRIAL_TRAFFIC_LIMIT', value: 'x' }
      expectFields(
        await refused(JSON.stringify({ status: 'paused', enabled: false, options: [option] })),
        { options: ['options[0].value: A valid integer is required.'] },
      )
      expectFields(
        await refused(JSON.stringify({ status: 'new', options: [{ ...option, value: '5' }] })),
        { status: ['Transition from "active" to "new" is not allowed.'] },
      )
    })

    it('refuses who has no key, a wrong one, or one that may only read', async () => {
      const sent = (authorization?: string): Promise<WireReply> =>
        harmless(read, () =>
          as(authorization === undefined ? {} : { authorization })(
            'PATCH',
            PATH,
            '{"status":"paused"}',
            JSON_TYPE,
          ),
        )
      await activate()
      const none = await sent()
      expectProblem(none, 401, 'not_authenticated', 'Authentication credentials were not provided.')
      expect(none.headers.get('www-authenticate')).toBe('APIKey realm="iam"')
      expectProblem(await sent('apikey 7$wrong'), 401, 'authentication_failed', 'Bad token: 7')
      expectProblem(
        await sent('Basic abc'),
        401,
        'token_not_valid',
        'Given token not valid for any token type',
      )
      expectProblem(
        await sent(`apikey 8$${DEMO_SECRETS.gcoreClient}`),
        403,
        'permission_denied',
        'You do not have permission to perform this action.',
      )
    })

    it('says where the JSON stops, and which type of body it takes', async () => {
      await activate()
      const broken = await refused('{"status":"paused"')
      const { message } = JSON.parse(broken.text) as { readonly message: string }
      expectProblem(broken, 400, 'parse_error', message)
      expect(message).toMatch(/^JSON parse error - .+: line 1 column 19 \(char 18\)$/)
      const typed = await harmless(read, () =>
        as({ authorization: `apikey 7$${DEMO_SECRETS.gcoreReseller}` })(
          'PATCH',
          PATH,
          '{"status":"paused"}',
          { 'content-type': 'text/plain' },
        ),
      )
      expectProblem(
        typed,
        415,
        'unsupported_media_type',
        'Unsupported media type "text/plain" in request.',
      )
    })

    it('knows no service of another client and no path with another id', async () => {
      for (const path of [
        '/iam/clients/3990/services/21797',
        '/iam/clients/3989/services/99999',
        '/iam/clients/3989/services/abc',
      ]) {
        const { status, text } = await harmless(read, () =>
          reseller('PATCH', '{"status":"paused"}', path),
        )
        expect({ status, body: JSON.parse(text) as unknown }).toMatchObject({
          status: 404,
          body: { message: 'Not found.', exception_class: 'not_found' },
        })
      }
    })

    it('deletes for an admin only, and what is deleted can be activated and not paused', async () => {
      const list = await reseller('GET', undefined, '/iam/clients/3989/services')
      const all = JSON.parse(list.text) as ReadonlyArray<{ readonly id: number; name: string }>
      const path = `/iam/clients/3989/services/${all.find(({ name }) => name === 'DNS')?.id}`
      const put = (by: typeof admin, status: string): Promise<WireReply> =>
        by('PUT', JSON.stringify({ status, enabled: true }), path)
      const refusedTo = async (status: string, message: string): Promise<void> => {
        const reply = await harmless(
          () => reseller('GET', undefined, path),
          () => put(reseller, status),
        )
        expect({ status: reply.status, body: JSON.parse(reply.text) as unknown }).toMatchObject({
          status: 400,
          body: { errors: { status: [message] } },
        })
        expect(reply.headers.get('deprecation')).toBeNull()
      }
      expect((await put(reseller, 'active')).status).toBe(200)
      await refusedTo('deleted', 'Status "deleted" is set by the system.')
      const { status, text } = await admin('PUT', '{"status":"deleted"}', path)
      expect(status).toBe(200)
      expect(JSON.parse(text)).toMatchObject({
        status: 'deleted',
        previous_status: 'active',
        enabled: false,
        deleted_date: null,
      })
      await refusedTo('paused', 'Transition from "deleted" to "paused" is not allowed.')
      const again = await put(reseller, 'active')
      expect(JSON.parse(again.text)).toMatchObject({ status: 'active', previous_status: 'deleted' })
    })
  })

  describe('PUT /zosConnect/services/{service}', () => {
    const administrator = as({ authorization: basic('ADMIN', DEMO_SECRETS.zosAdmin) })
    const reader = as({ authorization: basic('READER', DEMO_SECRETS.zosReader) })
    const PATH = '/zosConnect/services/MyService%2Fv1'
    const read = (): Promise<WireReply> => administrator('GET', PATH)
    const refused = (method: string, query: string, body?: string): Promise<WireReply> =>
      harmless(read, () => administrator(method, `${PATH}${query}`, body))

    const memberOf = (serviceStatus: string): object => ({
      zosConnect: {
        serviceName: 'MyService/v1',
        serviceDescription: 'A service whose name has a slash',
        serviceProvider: 'signalbox.simulated',
        serviceURL: `${server.url}${PATH}`,
        serviceInvokeURL: `${server.url}${PATH}?action=invoke`,
        dataXformProvider: 'DATA_UNAVAILABLE',
        serviceStatus,
      },
    })

    const expectStatus = async (reply: WireReply, serviceStatus: string): Promise<void> => {
      expect({ status: reply.status, text: reply.text }).toEqual({
        status: 200,
        text: JSON.stringify(memberOf(serviceStatus)),
      })
      expect(reply.headers.get('content-type')).toMatch(/^application\/json/)
      expect(reply.headers.get('cache-control')).toBe('no-store')
      const shown = await reader('GET', PATH)
      expect(JSON.parse(shown.text)).toEqual({ ...memberOf(serviceStatus), 'MyService/v1': {} })
      expect((await reader('GET', `${PATH}?action=status`)).text).toBe(reply.text)
    }

    const expectError = ({ status, headers, text }: WireReply, code: number, message: string) => {
      expect({ status, body: JSON.parse(text) as unknown }).toEqual({
        status: code,
        body: { errorMessage: message },
      })
      expect(headers.get('cache-control')).toBe('no-store')
    }

    it('stops and starts by status, stops and starts by action', async () => {
      await expectStatus(await administrator('PUT', `${PATH}?status=stopped`), 'Stopped')
      await expectStatus(await administrator('PUT', `${PATH}?status=started`), 'Started')
      await expectStatus(await administrator('PUT', `${PATH}?action=stop`), 'Stopped')
      await expectStatus(await administrator('PUT', `${PATH}?action=start`), 'Started')
    })

    it('answers 200 to what is so already', async () => {
      await expectStatus(await administrator('PUT', `${PATH}?status=stopped`), 'Stopped')
      await expectStatus(await administrator('PUT', `${PATH}?status=stopped`), 'Stopped')
      await expectStatus(await administrator('PUT', `${PATH}?status=started`), 'Started')
      await expectStatus(await administrator('PUT', `${PATH}?action=start`), 'Started')
    })

    it('takes POST as well, a type without a body, and the name as two segments', async () => {
      await expectStatus(await administrator('POST', `${PATH}?status=stopped`), 'Stopped')
      await expectStatus(await administrator('POST', `${PATH}?action=start`), 'Started')
      const typed = { 'content-type': 'application/json', 'content-length': '0' }
      await expectStatus(
        await administrator('PUT', `${PATH}?status=stopped`, undefined, typed),
        'Stopped',
      )
      const apart = '/zosConnect/services/MyService/v1'
      await expectStatus(await administrator('PUT', `${apart}?status=started`), 'Started')
      await expectStatus(await administrator('PUT', `${PATH}/?status=stopped`), 'Stopped')
    })

    it('refuses another status', async () => {
      for (const query of [
        '?status=paused',
        '?status=Started',
        '?status=STOPPED',
        '?status=',
        '?status=started&status=stopped',
        '?status=started&status=started',
      ])
        for (const method of ['PUT', 'POST'])
          expectError(
            await refused(method, query),
            400,
            'signalbox.unknown-status: Unknown status specified. Use started or stopped.',
          )
    })

    it('refuses another action, both words at once, and none', async () => {
      const unknown = 'signalbox.unknown-action: Unknown action specified.'
      expectError(await refused('PUT', '?action=started'), 400, unknown)
      expectError(await refused('PUT', '?action=Stop'), 400, unknown)
      const bad = 'signalbox.bad-query: The query says nothing that can be done.'
      expectError(await refused('PUT', '?action=stop&status=stopped'), 400, bad)
      expectError(await refused('PUT', ''), 400, bad)
      const method = await refused('PUT', '?action=status')
      expectError(method, 405, 'signalbox.method-not-allowed: The method is not allowed here.')
      expect(method.headers.get('allow')).toBe('GET, HEAD')
    })

    it('lets a Reader read, and nobody in without credentials', async () => {
      for (const query of ['?status=stopped', '?status=started', '?action=stop', '?status=paused'])
        for (const method of ['PUT', 'POST'])
          expectError(
            await harmless(read, () => reader(method, `${PATH}${query}`)),
            403,
            'signalbox.forbidden: Not authorized.',
          )
      const nobody = await harmless(read, () => as({})('PUT', `${PATH}?status=stopped`))
      expectError(nobody, 401, 'signalbox.unauthenticated: Authentication is required.')
      expect(nobody.headers.get('www-authenticate')).toBe(
        'Basic realm="zosConnect", charset="UTF-8"',
      )
    })

    it('knows no other service', async () => {
      expectError(
        await administrator('PUT', '/zosConnect/services/nope?status=started'),
        404,
        'BAQR0431W: Service nope is not available.',
      )
      expectError(
        await administrator('PUT', '/zosConnect/services/MyService%252Fv1?status=stopped'),
        404,
        'BAQR0431W: Service MyService%2Fv1 is not available.',
      )
    })
  })
})

// -- internals

interface Resource {
  readonly status: string
  readonly status_changed_at: string
  readonly deleted_date: string
  readonly options: ReadonlyArray<unknown>
}

const MEMBERS = [
  'id',
  'name',
  'client',
  'status',
  'previous_status',
  'status_changed_at',
  'start',
  'deleted_date',
  'enabled',
  'options',
  'status_transition_options',
]

const DAY = 86_400_000

/** What a reseller is told who asks it of an active service. */
const ILLEGAL: Readonly<Record<string, string>> = {
  new: 'Transition from "active" to "new" is not allowed.',
  trial: 'Trial has already been used.',
  activating: 'Status "activating" is set by the system.',
  deleted: 'Status "deleted" is set by the system.',
}

const instantOf = (text: string): number => {
  expect(text).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}000Z$/)
  return Date.parse(text)
}

/** Writes a JSON value as the vendor's texts do. */
function pythonOf(value: unknown): string {
  if (value === null) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'string') return `'${value}'`
  if (Array.isArray(value)) return `[${value.map(pythonOf).join(', ')}]`
  return typeof value === 'object'
    ? `{${Object.entries(value)
        .map(([name, member]) => `'${name}': ${pythonOf(member)}`)
        .join(', ')}}`
    : String(value)
}
