/** The vendor's name, as refs, principals and documents carry it. */
export const PROVIDER = 'gcore'
