import type { RouteExamples } from '@signalbox/host'

const ORIGIN = 'https://zos.example.net:9443'
const SERVICE_URL = `${ORIGIN}/zosConnect/services/placeOrder`
const SERVICE = {
  zosConnect: {
    serviceName: 'placeOrder',
    serviceDescription: 'Place order service',
    serviceProvider: 'CICS-1.0',
    version: '1.0',
    serviceURL: SERVICE_URL,
    serviceInvokeURL: `${SERVICE_URL}?action=invoke`,
    dataXformProvider: 'DATA_UNAVAILABLE',
    serviceStatus: 'Started',
  },
  placeOrder: { program: 'DFH0XCMN' },
}
const API = {
  name: 'catalog',
  version: '1.0.0',
  description: 'The catalog',
  status: 'Started',
  apiUrl: `${ORIGIN}/catalogManager`,
  documentation: { swagger: `${ORIGIN}/catalogManager/api-docs` },
  services: [{ name: 'placeOrder', uri: SERVICE_URL }],
}
const API_REQUESTER = {
  name: 'catalog_1.0.0',
  version: '1.0.0',
  description: 'The catalog of another site',
  status: 'Started',
  apiRequesterUrl: `${ORIGIN}/zosConnect/apiRequesters/catalog_1.0.0`,
  connection: 'conn',
}
const SWAGGER = {
  swagger: '2.0',
  info: { title: 'catalog', version: '1.0.0' },
  host: 'zos.example.net:9443',
  basePath: '/catalogManager',
  paths: {},
}

const service = { name: 'placeOrder' }
const api = { name: 'catalog' }
const apiRequester = { name: 'catalog_1.0.0' }

/** What the description shows of each route, by its name. */
export const EXAMPLES: Readonly<Record<string, RouteExamples>> = {
  getServices: {
    responses: {
      200: {
        zosConnectServices: [
          {
            ServiceName: 'placeOrder',
            ServiceDescription: 'Place order service',
            ServiceProvider: 'CICS-1.0',
            ServiceURL: SERVICE_URL,
          },
        ],
      },
    },
  },
  installService: { query: { status: 'started' }, responses: { 201: SERVICE } },
  getService: { params: service, responses: { 200: SERVICE } },
  updateService: {
    params: service,
    query: { status: 'started' },
    body: { orderRequest: { itemId: 10, quantity: 2 } },
    responses: { 200: { zosConnect: SERVICE.zosConnect } },
  },
  changeService: {
    params: service,
    query: { action: 'invoke' },
    body: { orderRequest: { itemId: 10, quantity: 2 } },
    responses: { 200: { orderResponse: { message: 'Order placed' } }, 201: SERVICE },
  },
  deleteService: { params: service, responses: { 200: { name: 'placeOrder' } } },
  getServiceSchema: {
    params: { ...service, which: 'request' },
    responses: { 200: { title: 'Order', type: 'object' } },
  },
  getServicesStatistics: {
    query: { provider: 'CICS-1.0' },
    responses: {
      200: {
        placeOrder: {
          ServiceProvider: 'CICS-1.0',
          InvokeRequestCount: '100',
          TimeOfRegistrationWithZosConnect: '2026-11-13 17:28:28:589 GMT',
          ServiceStatistics: {},
        },
      },
    },
  },
  getApiDocs: {
    responses: {
      200: {
        swagger: '2.0',
        info: { title: 'z/OS Connect administration API', version: '1.2.0' },
        basePath: '/zosConnect',
        paths: {},
      },
    },
  },
  getApis: {
    responses: {
      200: {
        apis: [
          {
            name: 'catalog',
            version: '1.0.0',
            description: 'The catalog',
            adminUrl: `${ORIGIN}/zosConnect/apis/catalog`,
          },
        ],
      },
    },
  },
  installApi: { query: { status: 'started' }, responses: { 201: API } },
  getApi: { params: api, responses: { 200: API } },
  updateApi: { params: api, query: { status: 'started' }, responses: { 200: API } },
  deleteApi: { params: api, responses: { 200: { name: 'catalog' } } },
  getApiRequesters: {
    responses: {
      200: {
        apiRequesters: [
          {
            name: 'catalog_1.0.0',
            version: '1.0.0',
            description: 'The catalog of another site',
            status: 'Started',
            connectionRef: 'conn',
          },
        ],
      },
    },
  },
  installApiRequester: { query: { status: 'started' }, responses: { 201: API_REQUESTER } },
  getApiRequester: { params: apiRequester, responses: { 200: API_REQUESTER } },
  updateApiRequester: {
    params: apiRequester,
    query: { status: 'started' },
    responses: { 200: API_REQUESTER },
  },
  deleteApiRequester: { params: apiRequester, responses: { 200: { name: 'catalog_1.0.0' } } },
  getApiSwagger: { params: { basePath: 'catalogManager' }, responses: { 200: SWAGGER } },
}
