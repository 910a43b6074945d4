/* From the version an object is written in to the one that is stored, and the defaults of the latter. */
import type { KnownKind } from './kinds.ts'
import { applyDefaults } from '#core/config/schema-defaults.ts'
import { isJsonObject, type JsonObject } from '#core/model/json.ts'

export function storedForm(raw: JsonObject, known: KnownKind, version: string): JsonObject {
  const current = version === known.storage ? raw : peerFromV1beta1(raw)
  return applyDefaults(current, known.versions.get(known.storage)?.schema ?? {}) as JsonObject
}

/**
 * BGPPeer is the only kind with two versions, and every field of `metallb.io/v1beta1` means the same in v1beta2, save
 * that port 0 stands for no port. Timers that are left out stay out: made explicit, a hold time of 0 would switch the
 * detection of dead routers off.
 */
function peerFromV1beta1(raw: JsonObject): JsonObject {
  const { spec } = raw
  if (!isJsonObject(spec) || spec['peerPort'] !== 0) return raw
  const { peerPort: _, ...rest } = spec
  return { ...raw, spec: rest }
}
