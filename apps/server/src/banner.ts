import { DEMO_SECRETS } from './demo.ts'

/** What the demo tells the person who started it; `base` is the server's address, such as `http://127.0.0.1:8080`. */
export const bannerOf = (base: string): string =>
  [
    `Signalbox demo at ${base} (this machine only)`,
    '',
    'Credentials:',
    `  poppy       X-Auth-Token: ${DEMO_SECRETS.poppyOperator} (operator), ${DEMO_SECRETS.poppyTenant} (project 110011)`,
    `  gcore       Authorization: apikey 1$${DEMO_SECRETS.gcoreAdmin} (admin), 7$${DEMO_SECRETS.gcoreReseller} (reseller), 8$${DEMO_SECRETS.gcoreClient} (client 3989)`,
    `  zosconnect  Basic ADMIN:${DEMO_SECRETS.zosAdmin}, READER:${DEMO_SECRETS.zosReader}`,
    `  signalbox   Authorization: Bearer ${DEMO_SECRETS.controlOperator} (operator of the control plane, /_signalbox/v1), ${DEMO_SECRETS.controlAdmin} (admin)`,
    '',
    'Try:',
    ...curlsOf(base).map((curl) => `\n${curl}`),
    '',
    'Write a signalbox.config.json to leave the demo: see docs/configuration.md.',
    '',
    '',
  ].join('\n')

/** One status change of each provider, as a person would paste it into a shell. */
export const curlsOf = (base: string): ReadonlyArray<string> => [
  `curl -i -X POST ${base}/v1.0/110011/admin/services/status -H 'X-Auth-Token: ${DEMO_SECRETS.poppyOperator}' -d '{"project_id":"110011","service_id":"e8b44506-71b7-4074-9bc8-1b5037ade112","status":"deployed"}'`,
  `curl -i -X PATCH ${base}/iam/clients/3989/services/21797 -H 'Authorization: apikey 7$${DEMO_SECRETS.gcoreReseller}' -H 'Content-Type: application/json' -d '{"status":"paused"}'`,
  `curl -i -X PUT -u ADMIN:${DEMO_SECRETS.zosAdmin} '${base}/zosConnect/services/MyService%2Fv1?status=stopped'`,
]
