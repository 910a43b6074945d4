/* The webhook of a controller, where it is asked for. */
import type { Readiness } from '#metrics/server.ts'

import type { ControllerOptions } from '../controller/options.ts'
import type { Webhook, WebhookDeps } from './webhook.ts'

/** The library that makes certificates is loaded by those alone who want one. */
export async function webhookOf(
  { webhook: options }: ControllerOptions,
  deps: Omit<WebhookDeps, 'options' | 'date'>,
): Promise<Webhook | undefined> {
  if (options === undefined) return undefined
  const { Webhook } = await import('./webhook.ts')
  const log = deps.log.child({ module: 'webhook' })
  return new Webhook({ ...deps, log, options, date: () => new Date() })
}

/** Told, and the process stays ready: without the webhook, faults are conditions and events. */
export function withTrouble({ ready, reasons }: Readiness, trouble: string | undefined): Readiness {
  return { ready, reasons: trouble === undefined ? reasons : [...reasons, trouble] }
}
