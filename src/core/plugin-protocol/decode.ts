/* From a line to a message, or to the sentence that says what is wrong with it. Total: nothing here throws. */
import type { Capability, Description, PluginMessage, PluginMessageType } from './messages.ts'
import { messageSchemas, observationSchemas } from './message-schemas.ts'
import { checkSchema } from '../config/schema-check.ts'
import { parseAddress } from '../model/address.ts'
import { isJsonObject, type JsonObject, type JsonSchema } from '../model/json.ts'
import { oneOf, quote } from '../model/wording.ts'

/** `ignored`: of a type that a later version of the protocol may have. */
export type Decoded =
  | { readonly ok: true; readonly message: PluginMessage }
  | { readonly ok: false; readonly fault: string }
  | { readonly ok: 'ignored'; readonly type: string }

export function decodeLine(line: string): Decoded {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return wrong(`found ${quote(line)}, allowed: one JSON object a line (a plugin logs to standard error)`)
  }
  return decodeMessage(value)
}

/** A value that came as a line of JSON, or as a structured clone of one. */
export function decodeMessage(value: unknown): Decoded {
  if (!isJsonObject(value)) return wrong(`found ${quote(value)}, allowed: a JSON object`)
  const type = value['type']
  if (typeof type !== 'string') return wrong(`type: found ${quote(type)}, allowed: the name of a message`)
  if (!Object.hasOwn(messageSchemas, type)) return { ok: 'ignored', type }
  const fault = faultOf(value, type as PluginMessageType)
  if (fault !== undefined) return wrong(`${type}${fault.startsWith(':') ? '' : '.'}${fault}`)
  return { ok: true, message: withDefaults(value) as unknown as PluginMessage }
}

function faultOf(value: JsonObject, type: PluginMessageType): string | undefined {
  const fault = schemaFault(value, messageSchemas[type])
  if (fault !== undefined) return fault
  switch (type) {
    case 'report':
      return observationFault(value['observation'] as JsonObject)
    case 'status':
      return statusFault(value['targets'] as readonly JsonObject[])
    case 'metric':
      return 'value' in value || 'remove' in value ? undefined : ': found neither value nor remove'
    default:
      return undefined
  }
}

function schemaFault(value: unknown, schema: JsonSchema, path = ''): string | undefined {
  const [fault] = checkSchema(value, schema, path)
  return fault && `${fault.path}: ${fault.message}`
}

function observationFault(observation: JsonObject): string | undefined {
  const kind = observation['kind']
  const schema = typeof kind === 'string' ? observationSchemas[kind] : undefined
  if (schema === undefined) {
    return `observation.kind: found ${quote(kind)}, allowed: ${oneOf(Object.keys(observationSchemas))}`
  }
  const fault = schemaFault(observation, schema, 'observation')
  return fault ?? ('address' in observation ? addressFault(observation, 'observation') : undefined)
}

function statusFault(targets: readonly JsonObject[]): string | undefined {
  for (const [index, target] of targets.entries()) {
    const path = `targets[${index}]`
    const fault = addressFault(target, path) ?? reasonFault(target, path)
    if (fault !== undefined) return fault
  }
  return undefined
}

/** Canonical text only: everything the host knows of an address is found by it. */
function addressFault({ address }: JsonObject, path: string): string | undefined {
  const canonical = typeof address === 'string' ? parseAddress(address) : undefined
  if (canonical === address) return undefined
  const allowed = canonical === undefined ? 'an IPv4 or IPv6 address' : quote(canonical)
  return `${path}.address: found ${quote(address)}, allowed: ${allowed}`
}

function reasonFault({ phase, reason }: JsonObject, path: string): string | undefined {
  if (reason !== undefined || (phase !== 'pending' && phase !== 'failed')) return undefined
  return `${path}.reason: found nothing, allowed: a word that says why it is ${phase}`
}

/** Lists that a plugin may leave out of its hello. */
function withDefaults(message: JsonObject): JsonObject {
  if (message['type'] !== 'hello') return message
  return { resources: [], unsupported: [], capabilities: [], ...message }
}

function wrong(fault: string): Decoded {
  return { ok: false, fault }
}

export function has({ capabilities }: Description, capability: Capability): boolean {
  return capabilities.includes(capability)
}
