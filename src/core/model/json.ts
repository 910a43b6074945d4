/** A value that JSON can carry. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject

/** As opposed to a scalar, null or an array. */
export interface JsonObject {
  readonly [key: string]: Json
}

/** The part of JSON Schema (and of a CRD's structural schema) that options and objects are described with. */
export interface JsonSchema {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean'
  readonly description?: string
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly items?: JsonSchema
  readonly enum?: readonly Json[]
  readonly default?: Json
  readonly minimum?: number
  readonly maximum?: number
  readonly pattern?: string
  /** Informational, save `password`: such a value never appears in a message. */
  readonly format?: string
  readonly minItems?: number
  readonly maxItems?: number
  /** In code points, as `maxLength`. */
  readonly minLength?: number
  readonly maxLength?: number
  readonly additionalProperties?: boolean | JsonSchema
  readonly nullable?: boolean
  readonly 'x-kubernetes-int-or-string'?: boolean
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
