/* How the metrics are protected: the same flags for every process that has some. */
import { join } from 'node:path'

import { Option, type Command } from 'commander'

import type { MetricsProtection } from '../metrics-access.ts'
import { addTlsOptions, tlsFrom, type TlsFlags } from './tls-options.ts'

export interface MetricsFlags extends TlsFlags {
  readonly metricsCertDir?: string
  readonly metricsSecure?: boolean
}

export function addCertificateOption(command: Command): Command {
  return command.option(
    '--metrics-cert-dir <dir>',
    'serve them over HTTPS, with tls.crt and tls.key of this folder',
  )
}

/** For processes that have an API server to ask. */
export function addProtectionOptions(command: Command): Command {
  return addTlsOptions(addCertificateOption(command)).addOption(
    new Option(
      '--metrics-secure',
      'answer /metrics to those only whom the API server knows by their token and lets get it',
    ).default(false),
  )
}

export function protectionFrom(flags: MetricsFlags, command: Command): MetricsProtection {
  const { metricsCertDir: folder = '', metricsSecure: reviewed = false } = flags
  // Over plain HTTP, a token is anybody's who listens.
  if (reviewed && folder === '')
    command.error(
      'error: --metrics-secure: found no --metrics-cert-dir, allowed: a folder with tls.crt and tls.key beside it',
    )
  if (folder === '') return { reviewed }
  const certificate = { cert: join(folder, 'tls.crt'), key: join(folder, 'tls.key') }
  const tls = tlsFrom(flags, command)
  return { certificate, ...(Object.keys(tls).length > 0 && { tls }), reviewed }
}
