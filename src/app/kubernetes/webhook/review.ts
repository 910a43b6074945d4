/* AdmissionReview of admission.k8s.io/v1: a request in, its answer out. */
import { isJsonObject } from '#core/model/json.ts'
import type { Problem } from '#core/model/decisions.ts'

import { sentence, type AdmissionRequest, type Verdict } from './verdict.ts'

const apiVersion = 'admission.k8s.io/v1'
/** Longer ones are cut by the API server, and many are dropped. */
const warningLength = 250
const mostWarnings = 10

/** Throws on what is no review, saying what was found. */
export function requestIn(body: string): AdmissionRequest {
  const review: unknown = JSON.parse(body)
  const request = isJsonObject(review) && review['apiVersion'] === apiVersion ? review['request'] : undefined
  if (!isJsonObject(request) || typeof request['uid'] !== 'string')
    throw new Error(`found no request, allowed: an AdmissionReview of ${apiVersion}`)
  return request as unknown as AdmissionRequest
}

export function answerTo({ uid }: AdmissionRequest, { refusals, warnings }: Verdict): object {
  const told = warnings.length === 0 ? {} : { warnings: cut(warnings) }
  const refused = refusals.length === 0 ? {} : { status: statusOf(refusals) }
  return {
    apiVersion,
    kind: 'AdmissionReview',
    response: { uid, allowed: refusals.length === 0, ...refused, ...told },
  }
}

/** All faults at once. Of an `Invalid` with its causes kubectl would show the causes, and not whose they are. */
function statusOf(refusals: readonly Problem[]): object {
  return { code: 403, reason: 'Forbidden', message: refusals.map(sentence).join('; ') }
}

function cut(warnings: readonly string[]): string[] {
  const more = warnings.length - mostWarnings
  const shown = warnings
    .slice(0, mostWarnings)
    .map((text) => (text.length <= warningLength ? text : `${text.slice(0, warningLength - 1)}…`))
  return more > 0 ? [...shown, `and ${more} more: herald validate shows all`] : shown
}
