import { describe, expect, it } from 'vitest'
import { given } from '../../testing.ts'
import type { Scenario } from '../../testing.ts'
import { certificateRef, createCertificateLifecycle } from './certificate.machine.ts'

const WANTED = {
  type: 'certificate.create',
  domain_name: 'www.shop-a.com',
  cert_type: 'san',
  flavor_id: 'cdn',
  provider: 'mock',
}

const created = (effectTimeoutMs?: number): Scenario =>
  given(
    createCertificateLifecycle(effectTimeoutMs === undefined ? {} : { effectTimeoutMs }),
    WANTED,
    { ref: certificateRef('acme-7', 'san', 'www.shop-a.com') },
  )

const override = (status: string) => ({ type: 'certificate.setStatus', status })

describe('a certificate', () => {
  it('is asked for, and keeps what the provider says of it', () => {
    const asked = created()
    expect(asked.state.status).toBe('create_in_progress')
    expect(asked.decision.claims.take).toEqual(['poppy/certificate/san/www.shop-a.com'])
    expect(asked.decision.effects).toMatchObject([
      {
        type: 'provisionCertificate',
        params: { provider: 'mock', domain_name: 'www.shop-a.com', cert_type: 'san' },
      },
    ])
    const details = { mock: { serial: 7 } }
    expect(asked.when({ type: 'certificate.deployed', details }).state).toMatchObject({
      status: 'deployed',
      context: { details, project: 'acme-7' },
    })
    expect(asked.when({ type: 'certificate.failed', message: 'no' }).state).toMatchObject({
      status: 'failed',
      context: { details: { message: 'no' } },
    })
  })

  it.each(['deployed', 'failed', 'cancelled'])(
    'that an operator calls %s hears no late report',
    (status) => {
      const asked = created()
      const { generation } = asked.state
      const set = asked.when(override(status))
      expect(set.state.status).toBe(status)
      const late = set.when({ type: 'certificate.failed', message: 'late' }, { generation })
      expect(late.state.status).toBe(status)
      expect(late.decision.journal).toMatchObject([{ outcome: 'stale' }])
    },
  )

  it('is made anew when an operator says that it is being created', () => {
    const again = created().when(override('cancelled')).when(override('create_in_progress'))
    expect(again.decision.effects.map(({ type }) => type)).toEqual(['provisionCertificate'])
    expect(again.after(600_000).state.status).toBe('failed')
  })

  it('fails when nothing is reported in time', () => {
    const late = created(5_000).after(5_000)
    expect(late.state).toMatchObject({
      status: 'failed',
      context: { details: { message: 'Timed out after 5 s' } },
    })
  })

  it.each([undefined, 'deployed', 'failed', 'cancelled'])(
    'is gone at once when it is deleted (%s)',
    (status) => {
      const asked = status === undefined ? created() : created().when(override(status))
      const gone = asked.when({ type: 'certificate.delete' })
      expect(gone.state.done).toBe(true)
      expect(gone.decision.claims.release).toEqual(['poppy/certificate/san/www.shop-a.com'])
      expect(gone.decision.effects.map(({ type }) => type)).toEqual(['withdrawCertificate'])
    },
  )
})
