/* The flags of the controller's admission webhook; the names are MetalLB's where it has them. */
import { Option, type Command } from 'commander'

import type { ListenAddress } from '#metrics/listen.ts'

import type { WebhookOptions } from '../kubernetes/webhook/webhook.ts'
import { parseListen } from './listen-address.ts'

export interface WebhookFlags {
  readonly webhook: boolean
  readonly webhookAddress: ListenAddress | 'off'
  readonly webhookSecret: string
  readonly certServiceName: string
  readonly webhookConfiguration: string
}

export function addWebhookOptions(command: Command): Command {
  return command
    .option(
      '--webhook',
      'refuse what contradicts the configuration there is, as herald validate would, when it is applied',
      false,
    )
    .addOption(
      new Option('--webhook-address <host:port>', 'where the API server asks')
        .argParser(parseListen)
        .default({ host: '::', port: 9443 }, ':9443'),
    )
    .option('--webhook-secret <name>', 'Secret with its certificate, made and renewed', 'herald-webhook')
    .option('--cert-service-name <name>', 'Service by which the API server calls it', 'herald-webhook')
    .option(
      '--webhook-configuration <name>',
      'ValidatingWebhookConfiguration that is told whom to trust',
      'herald-webhook',
    )
}

export function webhookFrom(flags: WebhookFlags): { readonly webhook?: WebhookOptions } {
  const { webhook, webhookAddress: listen, webhookSecret: secret, certServiceName: service } = flags
  if (!webhook || listen === 'off') return {}
  return { webhook: { listen, names: { secret, service, configuration: flags.webhookConfiguration } } }
}
