/* The shapes of a plugin's messages. A field that no schema names is from a later version, and is ignored. */
import type { PluginMessageType } from './messages.ts'
import type { JsonSchema } from '../model/json.ts'

const text: JsonSchema = { type: 'string' }
const word: JsonSchema = { type: 'string', minLength: 1, maxLength: 253 }
const words: JsonSchema = { type: 'array', items: word }
const id: JsonSchema = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER }
const anyObject: JsonSchema = { type: 'object', additionalProperties: true }

function message(properties: Readonly<Record<string, JsonSchema>>, required: readonly string[]): JsonSchema {
  return { type: 'object', properties: { type: text, ...properties }, required, additionalProperties: true }
}

const targetStatus = {
  address: word,
  phase: { type: 'string', enum: ['armed', 'serving', 'pending', 'silent', 'failed'] },
  via: { type: 'array', items: text },
  reason: { type: 'string', pattern: '^[A-Z][A-Za-z0-9]*$', maxLength: 63 },
  message: { type: 'string', maxLength: 1024 },
} satisfies Readonly<Record<string, JsonSchema>>

export const targetStatusSchema: JsonSchema = message(targetStatus, ['address', 'phase'])

/** By `observation.kind`. */
export const observationSchemas: Readonly<Record<string, JsonSchema>> = {
  target: targetStatusSchema,
  peer: message({ peer: word, state: word, reason: word, message: text }, ['peer', 'state']),
  conflict: message({ address: word, hardwareAddress: word, via: word }, [
    'address',
    'hardwareAddress',
    'via',
  ]),
  reach: message({ subnets: words }, ['subnets']),
  wake: message({ reason: word }, ['reason']),
}

const unsupported: JsonSchema = message({ kind: word, field: word, reason: word }, [
  'kind',
  'field',
  'reason',
])

/** Prometheus' alphabet. */
const metricName: JsonSchema = { type: 'string', pattern: '^[a-z_][a-z0-9_]*$', maxLength: 120 }

const metric: JsonSchema = message(
  {
    name: metricName,
    help: text,
    type: { type: 'string', enum: ['counter', 'gauge', 'histogram'] },
    labels: { type: 'array', items: metricName, maxItems: 8 },
    buckets: { type: 'array', items: { type: 'number' }, maxItems: 64 },
  },
  ['name', 'help', 'type', 'labels'],
)

export const messageSchemas: Readonly<Record<PluginMessageType, JsonSchema>> = {
  hello: message(
    {
      protocol: { type: 'integer' },
      api: { type: 'integer', enum: [1] },
      name: { type: 'string', pattern: '^[a-z]([a-z0-9-]*[a-z0-9])?$', maxLength: 63 },
      version: { type: 'string', minLength: 1, maxLength: 63 },
      placement: { type: 'string', enum: ['one-node', 'every-node'] },
      fencing: { type: 'string', enum: ['frame', 'message', 'none'] },
      resources: words,
      optionsSchema: anyObject,
      configSchema: anyObject,
      unsupported: { type: 'array', items: unsupported },
      singleRouter: { type: 'boolean' },
      drains: { type: 'boolean' },
      capabilities: words,
    },
    ['protocol', 'api', 'name', 'placement', 'fencing', 'optionsSchema'],
  ),
  ok: message({ id }, ['id']),
  failed: message({ id, message: { type: 'string', minLength: 1, maxLength: 4096 } }, ['id', 'message']),
  status: message({ id, generation: id, targets: { type: 'array', items: targetStatusSchema } }, [
    'id',
    'generation',
    'targets',
  ]),
  resync: message({ id }, ['id']),
  pong: message({ id, memory: { type: 'number' }, dropped: { type: 'integer' } }, ['id']),
  secret: message({ id, namespace: word, name: word }, ['id', 'name']),
  report: message({ observation: anyObject }, ['observation']),
  log: message(
    {
      level: { type: 'string', enum: ['debug', 'info', 'warn', 'error'] },
      message: text,
      fields: anyObject,
    },
    ['level', 'message'],
  ),
  metric: message(
    {
      metric,
      labels: { type: 'object', additionalProperties: text },
      value: { type: 'number' },
      remove: { type: 'boolean', enum: [true] },
    },
    ['metric', 'labels'],
  ),
}
