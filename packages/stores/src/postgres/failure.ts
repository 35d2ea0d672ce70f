/**
 * Why a database cannot serve as a store; `message` names what is wrong in words for the operator, and no secret.
 * `Unreachable`: no server answers. `AccessDenied`: it does not let this user in, or not do what a store does.
 * `DatabaseMissing`: it has no database of that name. `ReadOnly`: it takes no writes, as a standby does. `Unsuitable`: it
 * is too old, or set up in a way that a store cannot work with. `ForeignSchema`: its schema `signalbox` is another
 * application's. `NewerSchema`: a later release made it. `OpenFailed`: anything else that the server or the driver said.
 */
export type OpenFailure =
  | { readonly _tag: 'Unreachable'; readonly message: string }
  | { readonly _tag: 'AccessDenied'; readonly message: string }
  | { readonly _tag: 'DatabaseMissing'; readonly message: string }
  | { readonly _tag: 'ReadOnly'; readonly message: string }
  | { readonly _tag: 'Unsuitable'; readonly message: string }
  | { readonly _tag: 'ForeignSchema'; readonly message: string }
  | {
      readonly _tag: 'NewerSchema'
      readonly known: number
      readonly actual: number
      readonly message: string
    }
  | { readonly _tag: 'OpenFailed'; readonly message: string }

export const unreachable = (reason: string): OpenFailure => ({
  _tag: 'Unreachable',
  message: `the database server cannot be reached: ${reason}`,
})
export const accessDenied = (reason: string): OpenFailure => ({
  _tag: 'AccessDenied',
  message: `the database server denies access: ${reason}`,
})
export const databaseMissing = (reason: string): OpenFailure => ({
  _tag: 'DatabaseMissing',
  message: `there is no such database: ${reason}`,
})
export const readOnly = (reason: string): OpenFailure => ({
  _tag: 'ReadOnly',
  message: `the database takes no writes: ${reason}`,
})
export const unsuitable = (reason: string): OpenFailure => ({
  _tag: 'Unsuitable',
  message: `the database cannot serve as a store: ${reason}`,
})
export const foreignSchema = (reason: string): OpenFailure => ({
  _tag: 'ForeignSchema',
  message: `the schema signalbox is not a store of Signalbox: ${reason}`,
})
export const newerSchema = (known: number, actual: number): OpenFailure => ({
  _tag: 'NewerSchema',
  known,
  actual,
  message: `the database has schema version ${actual}, and this release knows versions up to ${known}: use a later release`,
})
export const openFailed = (reason: string): OpenFailure => ({
  _tag: 'OpenFailed',
  message: `the database cannot be opened: ${reason}`,
})
