/* The flags of the controller's admission webhook; the names are MetalLB's where it has them. */
import { InvalidArgumentError, Option, type Command } from 'commander'

import type { ListenAddress } from '#metrics/listen.ts'

import type { WebhookOptions } from '../kubernetes/webhook/webhook.ts'
import { parseListen } from './listen-address.ts'
import { tlsFrom, type TlsFlags } from './tls-options.ts'

export interface WebhookFlags extends TlsFlags {
  readonly webhook: boolean
  readonly webhookMode?: 'enabled' | 'disabled'
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
    .addOption(new Option('--webhook-mode <mode>').argParser(parseMode).hideHelp())
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

export function webhookFrom(flags: WebhookFlags, command: Command): { readonly webhook?: WebhookOptions } {
  const { webhookAddress: listen, webhookSecret: secret, certServiceName: service } = flags
  const wanted = flags.webhookMode === undefined ? flags.webhook : flags.webhookMode === 'enabled'
  if (!wanted || listen === 'off') return {}
  const names = { secret, service, configuration: flags.webhookConfiguration }
  return { webhook: { listen, names, tls: tlsFrom(flags, command) } }
}

/** MetalLB has a third one, in which nothing is allocated. */
function parseMode(text: string): NonNullable<WebhookFlags['webhookMode']> {
  if (text === 'enabled' || text === 'disabled') return text
  const instead =
    text === 'onlywebhook'
      ? ' A controller of Herald always allocates; --lb-class narrows down for whom.'
      : ''
  throw new InvalidArgumentError(`Allowed: enabled, disabled.${instead}`)
}
